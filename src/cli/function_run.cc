// `layer fn run -f FUNCTION.yaml`: plan, ask, apply, discover, watch until nothing is left. With
// --canary over some of the rows.
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/ask_first.h"
#include "cli/function_calls.h"
#include "cli/function_canary.h"
#include "cli/members.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

int run_all(FunctionCalls& calls) {
  Session& session = calls.session();
  const std::string& name = calls.file().name;
  const bool apply = session.flag("no-apply").empty();
  if (!calls.show_plan(apply) || !agreed(session, fmt::format("Run function {}?", name)) ||
      (apply && !calls.put(calls.file().spec, calls.file().paused))) {
    return calls.code();
  }
  const auto enqueued = calls.discover({});
  if (!enqueued) {
    return calls.code();
  }
  if (!session.flag("detach").empty()) {
    fmt::print("{}\n", json::serialize(json::object{{"udf_id", name}, {"enqueued", *enqueued}}));
    return kOk;
  }
  const auto status = calls.watch(*enqueued);
  if (!status) {
    return calls.code();
  }
  print_fields(session, json::serialize(*status));
  return member_count(*status, "failed_count") == 0 ? kOk : kFailure;
}

int run_some(FunctionCalls& calls) {
  const auto size = parse_canary(calls.session().flag("canary"));
  if (!size) {
    fmt::print(stderr, "layer: --canary: {}\n", size.error().message);
    return kUsage;
  }
  const auto report = run_canary(calls, *size);
  if (!report) {
    return calls.code();
  }
  fmt::print(
      "{}", calls.session().json() ? json::serialize(report->as_json()) + "\n" : report->as_text());
  return report->failed == 0 ? kOk : kFailure;
}

}  // namespace

int fn_run(Session& session, const std::vector<std::string>&) {
  const bool canary = !session.flag("canary").empty();
  if (canary && (!session.flag("no-apply").empty() || !session.flag("detach").empty())) {
    fmt::print(stderr, "layer: --canary applies the file and watches it\n");
    return kUsage;
  }
  auto calls = function_calls(session, canary ? "500ms" : "2s");
  if (!calls) {
    return kUsage;
  }
  return canary ? run_some(*calls) : run_all(*calls);
}

}  // namespace layer::cli
