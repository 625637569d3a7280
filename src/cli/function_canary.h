// A function run over some of its rows: what became of them, and of the rest how to go on.
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/function_calls.h"
#include "cli/row_changes.h"

namespace layer::cli {

inline constexpr std::uint64_t kCanaryRowsMax = 1'000'000;
inline constexpr std::size_t kRowsShownMax = 1000;  // before and after; one page of items

// Of the rows that the function selects.
struct CanarySize {
  std::optional<double> share{};        // more than 0, at most 1
  std::optional<std::uint64_t> rows{};  // when there is no share
};
// "1%", "0.5%" or a number of rows. Errors: kInvalidArgument.
Result<CanarySize> parse_canary(std::string_view text);

struct CanaryReport {
  std::string function{};
  std::string file{};
  std::uint64_t rows = 0;
  std::uint64_t failed = 0;
  double seconds = 0;
  std::map<std::string, std::uint64_t> failures{};  // rows by what was wrong with them
  std::vector<RowChange> changes{};

  boost::json::object as_json() const;
  std::string as_text() const;
};

// Shows the plan, asks, registers the function so that it finds no rows by itself, lets some wait
// and watches them to the end. `shown`: of how many rows values are read before and after. Nothing:
// it did not run, and why was told.
std::optional<CanaryReport> run_canary(FunctionCalls& calls, const CanarySize& size,
                                       std::size_t shown = 5);

}  // namespace layer::cli
