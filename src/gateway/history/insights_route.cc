#include "gateway/history/insights_route.h"

#include <utility>

#include "features/capture/history_headers.h"
#include "features/insights/print.h"
#include "gateway/errors.h"
#include "gateway/history/list_ask.h"
#include "gateway/list_parameters.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace history = features::history;
namespace insights = features::insights;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr std::int64_t kSpanMsMax = 31 * kDayMs;
constexpr std::int64_t kNsPerMs = 1'000'000;

struct Span {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
};

Result<Span> read_span(std::string_view query, std::int64_t now_ms) {
  LAYER_ASSIGN(const auto from, read_time(query, "from", now_ms));
  LAYER_ASSIGN(const auto to, read_time(query, "to", now_ms));
  Span span{.to_ms = to.value_or(now_ms + 1)};
  span.from_ms = from.value_or(span.to_ms - kDayMs);
  if (span.from_ms > span.to_ms) {
    return std::unexpected(validation_error("from", "is later than to"));
  }
  if (span.to_ms - span.from_ms > kSpanMsMax) {
    return std::unexpected(validation_error("from", "the span is longer than 31 days"));
  }
  return span;
}

}  // namespace

async::Task<Result<http::Response>> InsightsRoute::handle(Exchange& exchange) {
  const std::string_view query = exchange.request.query();
  LAYER_CO_ASSIGN(history::Reader * reader, reader_of(parts_));
  const auto table = parts_.router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  LAYER_CO_ASSIGN(const Span span, read_span(query, parts_.clock.wall_ms()));
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", kInsightsLimitDefault, kInsightsLimitMax));
  auto tags = features::capture::clean_tags(query_parameters(query, "tag"));
  if (!tags) {
    co_return std::unexpected(validation_error("tag", tags.error().message));
  }
  insights::Tally tally(std::move(*tags), {});
  bool full = false;
  const auto end =
      co_await reader->scan(std::string(route.logical),
                            {.from_ns = span.from_ms * kNsPerMs, .to_ns = span.to_ms * kNsPerMs},
                            {}, [&](const history::Stored& record) {
                              full = !tally.add(record);
                              return !full;
                            });
  if (!end) {
    co_return std::unexpected(history_failure(end.error()));
  }
  const bool off =
      features::namespaces::settings(route).history == resources::IndexSpec::History::kOff;
  LAYER_CO_ASSIGN(std::string body, co_await pool_.run([&] {
    return insights::print({.ns = route.logical,
                            .from_ms = span.from_ms,
                            .to_ms = span.to_ms,
                            .sums = tally.finish(limit),
                            .history_off = off,
                            .entries_read = end->records,
                            .truncated = end->truncated || full});
  }));
  co_return http::json_response(200, std::move(body));
}

}  // namespace layer::gateway
