#include "cli/batch_lines.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/members.h"

namespace layer::cli {

std::string_view name(FailureKind kind) {
  switch (kind) {
    case FailureKind::kTransient:
      return "transient";
    case FailureKind::kPermanent:
      return "permanent";
    case FailureKind::kThrottled:
      return "throttled";
  }
  return "transient";
}

std::string line_key(std::string_view group, const boost::json::value& id) {
  return boost::json::serialize(boost::json::array{group, id});
}

BatchAnswers read_answers(const BatchRun& run, std::string_view group_name,
                          const std::string& only_group) {
  BatchAnswers answers;
  answers.missing.message = run.ok() ? "the command wrote no line for it" : run.why();
  if (run.exit_code == kExitPermanent && !run.timed_out && !run.overflowed) {
    answers.missing.kind = FailureKind::kPermanent;
  }
  std::string_view left = run.output;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    const std::string line(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
    if (line.find_first_not_of(" \r\t") == std::string::npos) {
      continue;
    }
    auto answer = parse_object(line);
    const auto* id = answer.if_contains("id");
    if (id == nullptr) {
      // A command that is cut off ends in the middle of a line; one that is not is wrong.
      if (run.ok()) {
        answers.missing = {.kind = FailureKind::kPermanent,
                           .message = fmt::format("the command wrote a line that is no result: {}",
                                                  line.substr(0, 200))};
      }
      continue;
    }
    const std::string group = member_text(answer, group_name);
    const std::string key = line_key(group.empty() ? only_group : group, *id);
    answers.by_key[key] = std::move(answer);
  }
  return answers;
}

std::optional<Failure> failure_of(const boost::json::object& answer) {
  const auto* error = answer.if_contains("error");
  if (error == nullptr || error->is_null()) {
    return std::nullopt;
  }
  Failure failure;
  if (const auto* said = error->if_object(); said != nullptr) {
    const std::string kind = member_text(*said, "kind");
    failure.kind = kind == "permanent"   ? FailureKind::kPermanent
                   : kind == "throttled" ? FailureKind::kThrottled
                                         : FailureKind::kTransient;
    failure.message = member_text(*said, "message");
    failure.retry_after_ms = member_count(*said, "retry_after_ms");
  } else {
    failure.message =
        error->is_string() ? std::string(error->as_string()) : boost::json::serialize(*error);
  }
  return failure;
}

}  // namespace layer::cli
