// `layer insights NS`: what searches and clicks add up to.
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/history_request.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

std::string percent(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_number()
             ? "-"
             : fmt::format("{:.1f} %", 100 * value->to_number<double>());
}

std::string decimal(const json::object& object, const char* name, const char* unit = "") {
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_number()
             ? "-"
             : fmt::format("{:.2f}{}", value->to_number<double>(), unit);
}

const json::array& list_of(const json::object& body, const char* name) {
  static const json::array kNone;
  const auto* value = body.if_contains(name);
  return value == nullptr || !value->is_array() ? kNone : value->as_array();
}

void print_sums(const json::object& body) {
  fmt::print("{} queries in {} sessions, {} clicks\n", history_member(body, "queries"),
             history_member(body, "sessions"), history_member(body, "clicks"));
  if (const std::string why = history_member(body, "empty_because"); !why.empty()) {
    fmt::print("nothing more to see: {}\n", why);
  }
  fmt::print("click-through {}, mean reciprocal rank of clicks {}, abandoned {}\n",
             percent(body, "click_through_rate"), decimal(body, "mean_reciprocal_click_rank"),
             percent(body, "abandonment_rate"));
  std::string places;
  for (const auto& clicks : list_of(body, "clicks_by_position")) {
    places += " " + cell(clicks);
  }
  fmt::print("clicks at places 1 to 10:{}\n", places);
  if (history_member(body, "truncated") == "true") {
    fmt::print("a limit was met: the newest {} records were read\n",
               history_member(body, "entries_read"));
  }
}

void print_top(const json::object& body) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : list_of(body, "top_queries")) {
    if (const auto* query = item.if_object()) {
      rows.push_back({history_member(*query, "query"), history_member(*query, "count"),
                      percent(*query, "ctr"), decimal(*query, "mrr"),
                      percent(*query, "no_result_rate"), decimal(*query, "p95_ms")});
    }
  }
  if (!rows.empty()) {
    fmt::print("\n{}",
               format_table({"query", "count", "clicked", "mrr", "no result", "p95 ms"}, rows));
  }
}

void print_unanswered(const json::object& body) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : list_of(body, "no_result_queries")) {
    if (const auto* query = item.if_object()) {
      rows.push_back({history_member(*query, "query"), history_member(*query, "count"),
                      history_member(*query, "last_seen")});
    }
  }
  if (!rows.empty()) {
    fmt::print("\n{}", format_table({"without a result", "count", "last seen"}, rows));
  }
}

}  // namespace

int insights(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call(
          "GET",
          history_target(session, positionals[0], "insights", {"from", "to", "limit", "tag"}), {},
          answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto body = json::parse(answer.body, ec);
  if (session.json() || ec || !body.is_object()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  print_sums(body.as_object());
  print_top(body.as_object());
  print_unanswered(body.as_object());
  return kOk;
}

}  // namespace layer::cli
