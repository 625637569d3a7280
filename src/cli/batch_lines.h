// What a worker's command answered, line by line. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <boost/json/object.hpp>

#include "cli/batch_command.h"

namespace layer::cli {

inline constexpr int kExitPermanent = 65;  // a command that says: not this input, never

enum class FailureKind : std::uint8_t { kTransient, kPermanent, kThrottled };
std::string_view name(FailureKind kind);

struct Failure {
  FailureKind kind = FailureKind::kTransient;
  std::string message;
  std::uint64_t retry_after_ms = 0;
};

struct BatchAnswers {
  std::map<std::string, boost::json::object> by_key;
  // Why an item without an answer has none.
  Failure missing;
};

// The first of {namespace or document, id} that a line may leave out is `group`. A line's key is
// line_key(its group, its id).
std::string line_key(std::string_view group, const boost::json::value& id);

// `group_name` is the member that names the group; `only_group` is meant where a line has none,
// "" when that could be several.
BatchAnswers read_answers(const BatchRun& run, std::string_view group_name,
                          const std::string& only_group);

// {"error":{"kind","message","retry_after_ms"}} or {"error":"message"}; nullopt: it is a result.
std::optional<Failure> failure_of(const boost::json::object& answer);

}  // namespace layer::cli
