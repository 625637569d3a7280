#include "features/insights/print.h"

#include "json/writer.h"

namespace layer::features::insights {
namespace {

void put(json::Writer& out, std::string_view name, const std::optional<double>& value) {
  out.key(name);
  if (value) {
    out.value(*value);
  } else {
    out.null();
  }
}

// nullptr: there is something to see.
const char* empty_because(const Insights& insights) {
  if (insights.sums.queries == 0) {
    return insights.history_off ? "history_off" : "no_queries";
  }
  return insights.sums.clicks == 0 ? "no_clicks" : nullptr;
}

}  // namespace

std::string print(const Insights& insights) {
  const Sums& sums = insights.sums;
  json::Writer out;
  out.begin_object().member("namespace", insights.ns);
  out.member("from", insights.from_ms).member("to", insights.to_ms);
  out.member("queries", sums.queries).member("sessions", sums.sessions);
  out.member("clicks", sums.clicks);
  out.key("top_queries").begin_array();
  for (const TopQuery& query : sums.top_queries) {
    out.begin_object().member("query", query.query).member("count", query.count);
    put(out, "ctr", query.ctr);
    put(out, "mrr", query.mrr);
    put(out, "no_result_rate", query.no_result_rate);
    put(out, "p95_ms", query.p95_ms);
    out.end_object();
  }
  out.end_array().key("no_result_queries").begin_array();
  for (const UnansweredQuery& query : sums.no_result_queries) {
    out.begin_object().member("query", query.query).member("count", query.count);
    out.member("last_seen", query.last_seen_ms).end_object();
  }
  out.end_array();
  put(out, "click_through_rate", sums.click_through_rate);
  put(out, "mean_reciprocal_click_rank", sums.mean_reciprocal_click_rank);
  out.key("clicks_by_position").begin_array();
  for (const std::uint64_t clicks : sums.clicks_by_position) {
    out.value(clicks);
  }
  out.end_array();
  put(out, "abandonment_rate", sums.abandonment_rate);
  if (const char* const why = empty_because(insights)) {
    out.member("empty_because", why);
  }
  out.member("entries_read", insights.entries_read).member("truncated", insights.truncated);
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::features::insights
