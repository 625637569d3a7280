#include "gateway/routes/scans.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "features/scans/print_scan.h"
#include "features/scans/scan_job.h"
#include "features/scans/scan_lines.h"
#include "gateway/peeked_body.h"
#include "gateway/routes/jobs_of_kind.h"
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

Error without_stamps(std::string_view feature) {
  return {.code = ErrorCode::kFeatureUnavailable,
          .message =
              "writes to this namespace carry no stamps, so rows cannot be told apart by when "
              "they were written; switch stamping on",
          .fields = {{.name = "feature", .value = std::string(feature)},
                     {.name = "reason", .value = "stamp_off"}}};
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

async::Task<Result<scans::ScanParams>> read_params(Exchange& exchange) {
  PeekedBody body(exchange,
                  {.held_bytes_max = kBodyBytesMax, .decoded_bytes_max = kBodyBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(kBodyBytesMax));
  }
  scans::ScanParams params;
  if (!body.text().empty()) {
    params.text = body.text();
  }
  LAYER_CO_ASSIGN(params.ask, scans::parse_ask(params.text));
  if (params.ask.mode != scans::Mode::kCount && params.text.size() > scans::kAskBytesMax) {
    co_return std::unexpected(http::body_too_large(scans::kAskBytesMax));
  }
  co_return params;
}

http::Response print(int status, const queue::Job& job, std::int64_t now) {
  json::Writer out;
  scans::put_scan_job(out, job, now);
  return http::json_response(status, std::move(out).take());
}

// How the results of a mode stand in a page.
ResultShape shape_of(const queue::Job& job) {
  const auto params = scans::parse_params(job.spec.params);
  if (params && params->ask.mode == scans::Mode::kValues) {
    const bool truncated = scans::parse_result(job.progress.result).truncated;
    return {.member = "values", .put = {}, .more = [truncated](json::Writer& out) {
              out.member("truncated", truncated);
            }};
  }
  return {.member = "ids", .put = [](json::Writer& out, std::string_view line) {
            out.raw(scans::id_of_line(line));
          }};
}

}  // namespace

async::Task<Result<http::Response>> StartScan::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(scans::ScanParams params, co_await read_params(exchange));
  const scans::ScanAsk& ask = params.ask;
  LAYER_CO_ASSIGN(auto place,
                  co_await parts_.places.find(
                      std::string(exchange.ns()),
                      exchange.caller ? std::string(exchange.caller->authorization()) : ""));
  const auto level = ask.level.value_or(place.stable_default ? freshness::ReadLevel::kStable
                                                             : freshness::ReadLevel::kStrong);
  if (!place.stamped && (level == freshness::ReadLevel::kStable || !ask.range.empty())) {
    co_return std::unexpected(without_stamps(ask.range.empty() ? "stable" : "temporal"));
  }
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
  if (ask.mode == scans::Mode::kCount) {
    co_return co_await count(exchange, place, ask, cut);
  }
  params.cut = cut;
  co_return co_await submit(exchange, std::move(place), std::move(params));
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

async::Task<Result<http::Response>> StartScan::submit(Exchange& exchange, scans::ScanPlace place,
                                                      scans::ScanParams params) {
  // What goes on after the request does so with the gateway's own credential.
  const bool passthrough = exchange.caller && exchange.caller->is_passthrough();
  auto job = co_await parts_.service.start({.place = std::move(place),
                                            .owner = job_owner(exchange),
                                            .passthrough = passthrough,
                                            .params = std::move(params)});
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  exchange.answer_headers.set("x-layer-job-id", job->spec.id);
  if (wants_lines(exchange)) {
    co_return answer_lines(parts_.results, std::move(*job), 0, true);
  }
  co_return print(202, *job, parts_.clock.wall_ms());
}

async::Task<Result<http::Response>> Scans::handle(Exchange& exchange) {
  const JobListShape shape{.kind = scans::kScanKind, .member = "scans", .put = scans::put_scan_job};
  LAYER_CO_ASSIGN(const std::string ns,
                  co_await open_jobs(exchange, parts_.jobs, router_, verifier_));
  if (exchange.route().id == RouteId::kScans) {
    co_return co_await list_jobs_of(exchange, parts_.jobs, ns, shape);
  }
  LAYER_CO_ASSIGN(queue::Job job, co_await find_job_of(exchange, parts_.jobs, ns, shape));
  switch (exchange.route().id) {
    case RouteId::kScanResults: {
      ResultShape results = shape_of(job);
      co_return co_await answer_results(exchange, parts_, std::move(job), std::move(results));
    }
    case RouteId::kEndScan:
      co_return co_await end_job(exchange, parts_, std::move(job));
    default:
      co_return print(200, job, parts_.jobs.clock.wall_ms());
  }
}

}  // namespace layer::gateway
