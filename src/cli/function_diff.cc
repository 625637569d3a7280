// `layer fn diff -f FUNCTION.yaml`: runs the function over a few rows and shows their values before
// and after. `layer fn diff ID --from A --to B`: compares two attributes of rows that it computed,
// such as the vectors of an old model and of a new one.
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/attribute_pair.h"
#include "cli/environment.h"
#include "cli/function_canary.h"
#include "cli/function_plan.h"
#include "cli/members.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kRunDefault = 10;
constexpr std::uint64_t kPairDefault = 100;
constexpr std::uint64_t kTopKDefault = 10;
constexpr std::uint64_t kTopKMax = 1000;

// A number of a flag; nothing: it is none, which was told.
std::optional<std::uint64_t> count_flag(const Session& session, const char* name,
                                        std::uint64_t otherwise, std::uint64_t most) {
  if (session.flag(name).empty()) {
    return otherwise;
  }
  const auto count = parse_count(name, session.flag(name), 1, most);
  if (!count) {
    fmt::print(stderr, "layer: {}\n", count.error().message);
    return std::nullopt;
  }
  return *count;
}

int diff_by_running(Session& session) {
  const auto sample = count_flag(session, "sample", kRunDefault, kRowsShownMax);
  auto calls = sample ? function_calls(session, "500ms") : std::nullopt;
  if (!calls) {
    return kUsage;
  }
  const auto report = run_canary(*calls, {.rows = *sample}, *sample);
  if (!report) {
    return calls->code();
  }
  fmt::print("{}", session.json() ? json::serialize(report->as_json()) + "\n" : report->as_text());
  return report->failed == 0 ? kOk : kFailure;
}

std::string share_text(const std::vector<double>& values) {
  return values.empty() ? "-" : fmt::format("{:.4f} ({:.4f})", mean_of(values), least_of(values));
}

void print_pairs(const Session& session, const PairAsk& ask,
                 const std::vector<PairReport>& reports) {
  if (session.json()) {
    json::array namespaces;
    for (const PairReport& report : reports) {
      namespaces.push_back(report.as_json());
    }
    fmt::print("{}\n", json::serialize(json::object{{"udf_id", ask.function},
                                                    {"from", ask.from},
                                                    {"to", ask.to},
                                                    {"top_k", ask.top_k},
                                                    {"namespaces", std::move(namespaces)}}));
    return;
  }
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<std::string>> values;
  for (const PairReport& report : reports) {
    rows.push_back({report.ns, fmt::to_string(report.rows), fmt::to_string(report.equal),
                    share_text(report.cosines), share_text(report.overlaps)});
    for (const auto& each : report.different) {
      values.push_back(
          {report.ns, cell(each.at("id")), cell(each.at("old")), cell(each.at("new"))});
    }
  }
  fmt::print("{}", format_table({"namespace", "rows", "equal", "cosine (least)",
                                 fmt::format("top {} in common (least)", ask.top_k)},
                                rows));
  if (!values.empty()) {
    fmt::print("\n{}", format_table({"namespace", "id", ask.from, ask.to}, values));
  }
}

int diff_attributes(Session& session, const std::string& id) {
  const auto sample = count_flag(session, "sample", kPairDefault, kRowsShownMax);
  const auto top_k = count_flag(session, "top-k", kTopKDefault, kTopKMax);
  if (!sample || !top_k) {
    return kUsage;
  }
  Answer answer;
  if (!session.call("GET", "/v2/udfs/" + http::encode_segment(id), {}, answer)) {
    return session.failure();
  }
  const auto body = parse_object(answer.body);
  const auto* function = member_object(body, "udf");
  const auto* spec = function == nullptr ? nullptr : member_object(*function, "spec");
  const auto* status = member_object(body, "status");
  if (spec == nullptr || status == nullptr) {
    fmt::print(stderr, "layer: the server did not say what function it is\n");
    return kFailure;
  }
  const PairAsk ask{.function = id,
                    .version = member_text(*spec, "version"),
                    .from = session.flag("from"),
                    .to = session.flag("to"),
                    .sample = *sample,
                    .top_k = *top_k};
  json::object named;
  add_namespaces(session, named);
  const auto* all = member_list(named.empty() ? *status : named,
                                named.empty() ? "active_namespaces" : "namespaces");
  std::vector<PairReport> reports;
  for (const auto& ns : all == nullptr ? json::array() : *all) {
    auto report = compare_pair(session, cell(ns), ask);
    if (!report) {
      return session.failure();
    }
    reports.push_back(std::move(*report));
  }
  print_pairs(session, ask, reports);
  return kOk;
}

}  // namespace

int fn_diff(Session& session, const std::vector<std::string>& positionals) {
  const bool pair = !session.flag("from").empty() && !session.flag("to").empty();
  const bool half = session.flag("from").empty() != session.flag("to").empty();
  const bool file = !session.flag("file").empty();
  if (half || pair != !positionals[0].empty() || pair == file) {
    fmt::print(stderr,
               "layer: give the file of a function with -f, or an id with --from and --to\n");
    return kUsage;
  }
  return pair ? diff_attributes(session, positionals[0]) : diff_by_running(session);
}

}  // namespace layer::cli
