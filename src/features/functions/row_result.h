// A row and a function's result for it, as text: what a result was computed from, and the row that
// is written. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/functions/function_spec.h"
#include "wire/id.h"

namespace layer::features::functions {

// What a result is computed from. Kept as a note of the claim until it comes.
struct Basis {
  std::string hash{};                   // of version and inputs
  std::optional<std::int64_t> stamp{};  // of the row's version; nullopt: it has none
  std::string version{};

  bool operator==(const Basis&) const = default;
};
std::string print_basis(const Basis& basis);
std::optional<Basis> parse_basis(std::string_view note);

// 16 hex digits: xxh64 of the version and the inputs, in their order; one that the row lacks is
// null. `row` is a JSON object.
Basis basis_of(const FunctionSpec& spec, std::string_view row);
// A result of that basis is on the row, and nothing says that it is stale. `stale`: only that.
bool is_computed(const Markers& markers, const Basis& basis, std::string_view row);
bool is_stale(const Markers& markers, std::string_view row);
// The inputs that the row has, as a JSON object.
std::string input_of(const FunctionSpec& spec, std::string_view row);

// Errors: kValidation for what is no object, and for names of inputs, of the id, and reserved ones.
// `member` is what is read, for errors: "items[2].attributes".
Result<void> check_attributes(const FunctionSpec& spec, std::string_view member,
                              std::string_view attributes);

// What a write says of one row beside its id.
struct ResultRow {
  const wire::Id* id = nullptr;
  std::string_view attributes{};  // JSON object, or empty
  std::string_view vectors{};     // JSON object, or empty
  std::string_view row{};         // of an upsert: the row as it is
  Basis basis{};
};
// The members that every row with this function's result gets.
struct RowMarks {
  Markers markers;
  std::string version;
  std::vector<std::string> invalidated{};  // markers of other functions
  std::int64_t now_ms = 0;
};
std::string print_row(const RowMarks& marks, const ResultRow& row);

// A whole write body. Rows are patched, or with `upserts` written anew, only while they are what
// they were when they were claimed.
std::string print_write(const RowMarks& marks, const std::vector<ResultRow>& patches,
                        const std::vector<ResultRow>& upserts);

}  // namespace layer::features::functions
