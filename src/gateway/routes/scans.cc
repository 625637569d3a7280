#include "gateway/routes/scans.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "gateway/peeked_body.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;
namespace scans = features::scans;

constexpr std::size_t kBodyBytesMax = 8 * core::limits::kMiB;

ServedBy source_of(const Exchange& exchange, std::string_view served_by) {
  if (served_by == "cache") {
    return ServedBy::kCache;
  }
  if (served_by == "snapshot") {
    return ServedBy::kSnapshot;
  }
  return exchange.target.store->kind() == "embedded" ? ServedBy::kEngine : ServedBy::kUpstream;
}

// The store's refusal as it came (rule E1).
http::Response relay(Exchange& exchange, features::pages::StoreReply reply) {
  exchange.used(source_of(exchange, "origin"));
  exchange.relayed_status = reply.status;
  return {.status = reply.status,
          .headers = std::move(reply.headers),
          .body = std::move(reply.body),
          .stream = nullptr};
}

std::string print(const scans::CountAnswer& answer, async::Duration elapsed) {
  const scans::Counted& counted = answer.counted;
  json::Writer out;
  out.begin_object();
  out.member("count", counted.count);
  out.member("served_by", answer.served_by);
  if (!answer.snapshot_sha.empty()) {
    out.member("snapshot_sha", answer.snapshot_sha);
  }
  if (answer.watermark_ms) {
    out.member("watermark_ms", *answer.watermark_ms);
  }
  if (answer.certified) {
    out.member("certified", *answer.certified);
  }
  if (counted.bounded()) {
    out.member("bounded", true);
    out.member("timed_out", counted.timed_out);
    out.member("shards_saturated", counted.shards_saturated);
  }
  if (counted.shards_total > 0) {
    out.member("shards_total", counted.shards_total);
  }
  if (counted.approximate) {
    out.member("approximate", true);
  }
  if (answer.threads > 0) {
    out.member("threads", answer.threads);
  }
  out.member("elapsed_ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
  out.end_object();
  return std::move(out).take();
}

async::Task<Result<scans::ScanAsk>> read_ask(Exchange& exchange) {
  PeekedBody body(exchange,
                  {.held_bytes_max = kBodyBytesMax, .decoded_bytes_max = kBodyBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(kBodyBytesMax));
  }
  co_return scans::parse_ask(body.text().empty() ? "{}" : std::string_view(body.text()));
}

}  // namespace

async::Task<Result<http::Response>> StartScan::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const scans::ScanAsk ask, co_await read_ask(exchange));
  if (ask.mode != scans::Mode::kCount) {
    co_return std::unexpected(
        Error{.code = ErrorCode::kFeatureUnavailable,
              .message = "this version of the gateway serves mode count; page through ids and "
                         "values with /query, ordered by id or grouped by the attribute",
              .fields = {{.name = "feature", .value = "scans"}}});
  }
  LAYER_CO_ASSIGN(const auto place,
                  co_await parts_.places.find(
                      std::string(exchange.ns()),
                      exchange.caller ? std::string(exchange.caller->authorization()) : ""));
  const auto level = ask.level.value_or(place.stable_default ? freshness::ReadLevel::kStable
                                                             : freshness::ReadLevel::kStrong);
  LAYER_CO_TRY(co_await wait_for_writes(exchange, place, level));
  freshness::Stability stability;
  if (level == freshness::ReadLevel::kStable) {
    stability = parts_.stability.look(place.cached.ns);
  }
  const freshness::ReadCut cut = freshness::decide_read(level, stability);
  if (cut.stable) {
    exchange.answer_headers.set("x-layer-stable-cut", cut.cut_ms ? "true" : "false");
    if (cut.watermark_ms) {
      exchange.answer_headers.set("x-layer-stable-as-of", std::to_string(*cut.watermark_ms));
    }
  }
  if (cut.watermark_unknown) {
    exchange.warn("watermark_unknown");
  }
  co_return co_await count(exchange, place, ask, cut);
}

async::Task<Result<void>> StartScan::wait_for_writes(const Exchange& exchange,
                                                     const scans::ScanPlace& place,
                                                     freshness::ReadLevel level) {
  LAYER_CO_ASSIGN(const auto after,
                  freshness::parse_read_after(exchange.request.headers, parts_.signer, parts_.hlc,
                                              parts_.clock.wall_ms()));
  if (after.empty()) {
    co_return Result<void>{};
  }
  const freshness::ReadTarget target{.store = *place.origin.store,
                                     .ns = place.cached.ns,
                                     .physical = place.origin.physical,
                                     .incarnation = place.cached.incarnation,
                                     .stamped = place.stamped,
                                     .authorization = place.origin.authorization};
  co_return co_await freshness::wait_for_writes(after, target, level, exchange.deadline);
}

async::Task<Result<http::Response>> StartScan::count(Exchange& exchange,
                                                     const scans::ScanPlace& place,
                                                     const scans::ScanAsk& ask,
                                                     const freshness::ReadCut& cut) {
  const auto begun = async::SteadyClock::now();
  const async::TimePoint deadline = std::min(exchange.deadline, begun + ask.timeout);
  LAYER_CO_ASSIGN(auto outcome, co_await parts_.counter.count(place, ask, cut, deadline));
  const async::Duration elapsed = async::SteadyClock::now() - begun;
  if (auto* const refusal = std::get_if<features::pages::StoreReply>(&outcome)) {
    exchange.upstream += elapsed;
    co_return relay(exchange, std::move(*refusal));
  }
  const auto& answer = std::get<scans::CountAnswer>(outcome);
  exchange.used(source_of(exchange, answer.served_by));
  if (answer.served_by == "origin") {
    exchange.upstream += elapsed;
  }
  if (answer.counted.timed_out) {
    exchange.warn("deadline");
  }
  co_return http::json_response(200, print(answer, elapsed));
}

}  // namespace layer::gateway
