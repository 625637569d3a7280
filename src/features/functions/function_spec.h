// What a function is: which rows of which namespaces it computes, with what worker, when, and how
// failures are tried again. Thread safety: plain values and pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "queue/function_queue.h"

namespace layer::features::functions {

inline constexpr std::size_t kFunctionIdBytesMax = 63;
inline constexpr std::size_t kTargetsMax = 1000;   // target namespaces
inline constexpr std::size_t kNamesMax = 64;       // inputs; invalidated functions; labels
inline constexpr std::size_t kNameBytesMax = 128;  // of an attribute, a label, a version
inline constexpr std::size_t kCommandWordsMax = 64;
inline constexpr std::size_t kTextBytesMax = 2048;    // of an image, a URL, a word of a command
inline constexpr std::uint32_t kBatchSizeMax = 1000;  // items that a worker is given at once

struct Worker {
  std::string image{};
  std::string url{};
  std::optional<std::uint16_t> port{};
  std::vector<std::string> command{};
  std::uint32_t batch_size = 32;
  std::chrono::seconds timeout{30};
  std::string pod_spec{};  // JSON object, or empty

  bool operator==(const Worker&) const = default;
};

struct Schedule {
  std::chrono::seconds discovery_interval{60};
  std::chrono::seconds lease{120};
  std::uint32_t in_flight_batches_max = 8;
  std::uint32_t concurrent_scans_max = 4;
  // When a window of the trigger opens, in UTC; it stays open for a lease.
  std::string cron = "0 * * * *";

  bool operator==(const Schedule&) const = default;
};

struct Triggers {
  bool discovery = false;
  bool write = false;
  bool schedule = false;

  bool operator==(const Triggers&) const = default;
};

struct FunctionSpec {
  std::map<std::string, std::string> index_selector{};  // labels that an Index must have
  std::vector<std::string> target_namespaces{};
  std::vector<std::string> inputs{};  // attributes, in the order in which they are hashed
  std::string version = "v1";
  std::string filter{};  // JSON of a filter, or empty
  Worker worker{};
  Schedule schedule{};
  queue::RetryPolicy retry{};
  Triggers triggers{.discovery = true};
  std::vector<std::string> invalidates{};  // ids of functions
  std::string vector_attribute = "vector";

  bool operator==(const FunctionSpec&) const = default;
};

// Errors: kValidation, naming the member at fault by its path.
Result<FunctionSpec> parse_spec(std::string_view json);
// With every default: what it means does not change with the program.
std::string print_spec(const FunctionSpec& spec);

// Errors: kValidation.
Result<void> check_function_id(std::string_view id);
// Whether an Index with these labels is meant.
bool selects(const FunctionSpec& spec, const std::map<std::string, std::string>& labels);

// Function and those that it invalidates.
using Invalidations = std::map<std::string, std::vector<std::string>>;
// Errors: kValidation when some function would invalidate itself, through whichever others.
Result<void> check_cycles(const Invalidations& all);

// The attribute in which a function keeps something of a row.
struct Markers {
  std::string version;
  std::string stale_after;
  std::string hash;
  std::string at;
};
Markers markers_of(std::string_view function);

}  // namespace layer::features::functions
