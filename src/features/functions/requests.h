// What workers and operators ask of a function, read from JSON (section 3.21 of the contract).
// Results are kept as the bytes they came in. Thread safety: values, pure functions. Errors:
// kValidation, naming the member.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/functions/discovery.h"
#include "features/functions/function_work.h"

namespace layer::features::functions {

inline constexpr std::size_t kClaimDefault = 32;
inline constexpr std::size_t kReportItemsMax = 1000;
inline constexpr std::chrono::milliseconds kRetryAfterDefault{1000};
inline constexpr std::chrono::milliseconds kRetryAfterMax{600'000};

struct FunctionAsk {
  std::string id{};  // of POST; empty in PUT, whose path has it
  std::string spec{};
  std::optional<bool> paused{};
};
// {"id"?,"spec","paused"?}
Result<FunctionAsk> parse_function(std::string_view body);

struct DiscoverAsk {
  std::vector<std::string> namespaces{};  // empty: all of the function
  std::size_t page_rows = kSweepPageRows;
  std::optional<std::size_t> pages_max{};
  std::optional<std::string> cursor{};
  std::optional<RowSample> sample{};
};
// {"namespaces"?,"page_size"=10000,"max_pages"?,"cursor"?,"share"?,"max_rows"?}
Result<DiscoverAsk> parse_discover(std::string_view body);

struct WorkAsk {
  std::string worker{};
  std::size_t limit = kClaimDefault;
  std::optional<std::chrono::milliseconds> lease_for{};
};
// {"worker_id","limit"=32,"lease_seconds"?}
Result<WorkAsk> parse_work(std::string_view body);

template <class Item>
struct Report {
  std::string worker{};
  std::vector<Item> items{};
  bool dispositions = false;  // says of each item how it ended
};
// {"worker_id","items":[{"namespace","id","lease"?, ...}],"report_dispositions"?}
Result<Report<queue::ItemLease>> parse_beats(std::string_view body);
// ... "vector"?, "vectors"?, "attributes"?; a `vector` is that of the function's output attribute.
Result<Report<Completion>> parse_completions(std::string_view body, const FunctionSpec& spec);
// ... "kind", "message"?, "retry_after_ms"?
Result<Report<queue::ItemFailure>> parse_failures(std::string_view body);

// A lease as workers see it: the epoch, and which kind of id a text is.
std::string print_lease(const queue::ItemKey& key, std::uint64_t epoch);

}  // namespace layer::features::functions
