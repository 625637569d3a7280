#include "gateway/routes/snapshots.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "features/jobs/job_list.h"
#include "features/snapshots/diff.h"
#include "gateway/errors.h"
#include "gateway/list_parameters.h"
#include "gateway/peeked_body.h"
#include "gateway/percent.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace snapshots = features::snapshots;

constexpr std::size_t kBodyBytesMax = 64 * core::limits::kKiB;
constexpr std::size_t kHistoryLimitDefault = 100;
constexpr std::size_t kHistoryLimitMax = 1000;

Result<snapshots::Which> read_which(std::string_view query, std::string_view name,
                                    std::string_view otherwise, std::int64_t now_ms) {
  const std::string text = query_parameter(query, name).value_or(std::string(otherwise));
  auto which = snapshots::parse_which(text, now_ms);
  if (!which) {
    return std::unexpected(validation_error(name, which.error().message));
  }
  return which;
}

}  // namespace

async::Task<Result<snapshots::Place>> snapshot_place(const SnapshotParts& parts,
                                                     const Exchange& exchange) {
  if (parts.store == nullptr) {
    co_return std::unexpected(
        Error{.code = ErrorCode::kObjectStoreNotConfigured,
              .message = "snapshots live in the object store, which is switched off; set "
                         "--object-store",
              .fields = {{.name = "feature", .value = "snapshots"}}});
  }
  co_return co_await parts.places.find(std::string(exchange.ns()));
}

Error snapshot_failure(Error error) {
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kUnavailable ||
      error.code == ErrorCode::kCorrupt) {
    error.code = ErrorCode::kUpstream;
  }
  return error;
}

async::Task<Result<std::string>> read_small_body(Exchange& exchange) {
  PeekedBody body(exchange,
                  {.held_bytes_max = kBodyBytesMax, .decoded_bytes_max = kBodyBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(kBodyBytesMax));
  }
  co_return std::move(body.text());
}

async::Task<Result<http::Response>> TakeSnapshot::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  LAYER_CO_ASSIGN(const std::string body, co_await read_small_body(exchange));
  LAYER_CO_ASSIGN(auto params, snapshots::parse_request(body));
  auto job = co_await parts_.service->start(
      {.ns = std::string(exchange.ns()),
       .owner = job_owner(exchange),
       .passthrough = exchange.caller && exchange.caller->is_passthrough(),
       .params = std::move(params)});
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  exchange.answer_headers.set("x-layer-job-id", job->spec.id);
  json::Writer out;
  snapshots::put_snapshot_job(out, *job, parts_.jobs.clock.wall_ms());
  co_return http::json_response(202, std::move(out).take());
}

async::Task<Result<http::Response>> ReadSnapshot::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  const std::string_view query = exchange.request.query();
  snapshots::Which which;
  if (exchange.route().id == RouteId::kSnapshot) {
    const std::string sha = percent_decode(exchange.match.params[0]);
    const auto parsed = snapshots::parse_which(sha, 0);
    const bool digits = sha.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!digits || sha.size() < snapshots::kShaPrefixMin || sha.size() > 64) {
      co_return std::unexpected(
          validation_error("sha", "expected 7 to 64 lower-case hexadecimal digits"));
    }
    which = {.kind = snapshots::Which::Kind::kSha, .sha = sha};
  }
  auto found = co_await parts_.store->find(place.ns, place.incarnation, std::move(which));
  if (!found) {
    co_return std::unexpected(snapshot_failure(std::move(found).error()));
  }
  snapshots::Body body = *found->body;
  body.watermark_ms = found->watermark_ms;
  exchange.used(ServedBy::kSnapshot);
  const auto field = query_parameter(query, "field");
  if (!field) {
    co_return http::json_response(200, snapshots::print_body(body));
  }
  if (body.find(*field) == nullptr && body.find_skipped(*field) == nullptr) {
    co_return fail(ErrorCode::kNotFound,
                   fmt::format("the snapshot does not hold the field '{}'", *field));
  }
  co_return http::json_response(200, snapshots::print_body(body, *field));
}

async::Task<Result<http::Response>> SnapshotDiff::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  const std::string_view query = exchange.request.query();
  const std::int64_t now = parts_.jobs.clock.wall_ms();
  if (!query_parameter(query, "from")) {
    co_return std::unexpected(
        validation_error("from", "missing; a sha, a time, latest or an age such as 7d"));
  }
  LAYER_CO_ASSIGN(auto from_which, read_which(query, "from", "", now));
  LAYER_CO_ASSIGN(auto to_which, read_which(query, "to", "latest", now));
  LAYER_CO_ASSIGN(const std::size_t limit, read_count(query, "limit", snapshots::kDiffLimitDefault,
                                                      snapshots::kDiffLimitMax));
  auto from = co_await parts_.store->find(place.ns, place.incarnation, std::move(from_which));
  if (!from) {
    co_return std::unexpected(snapshot_failure(std::move(from).error()));
  }
  auto to = co_await parts_.store->find(place.ns, place.incarnation, std::move(to_which));
  if (!to) {
    co_return std::unexpected(snapshot_failure(std::move(to).error()));
  }
  const snapshots::Side sides[] = {{.body = *from->body, .watermark_ms = from->watermark_ms},
                                   {.body = *to->body, .watermark_ms = to->watermark_ms}};
  const auto field = query_parameter(query, "field");
  for (const auto& side : sides) {
    if (field && side.body.find(*field) == nullptr) {
      co_return fail(ErrorCode::kNotFound,
                     fmt::format("the snapshot {} does not hold the field '{}'",
                                 side.body.sha.substr(0, snapshots::kShaPrefixMin), *field));
    }
  }
  LAYER_CO_ASSIGN(std::string text, co_await pool_.run([&] {
    return field ? snapshots::print_diff(sides[0], sides[1], *field, limit)
                 : snapshots::print_diff(sides[0], sides[1], limit);
  }));
  exchange.used(ServedBy::kSnapshot);
  co_return http::json_response(200, std::move(text));
}

async::Task<Result<http::Response>> SnapshotHistory::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  const std::string_view query = exchange.request.query();
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", kHistoryLimitDefault, kHistoryLimitMax));
  std::optional<std::int64_t> before;
  if (query_parameter(query, "before")) {
    LAYER_CO_ASSIGN(const auto which, read_which(query, "before", "", parts_.jobs.clock.wall_ms()));
    if (which.kind != snapshots::Which::Kind::kTime) {
      co_return std::unexpected(validation_error("before", "expected a time or an age"));
    }
    before = which.time_ms;
  }
  const auto history = co_await parts_.store->history(place.ns, before, limit);
  if (!history) {
    co_return std::unexpected(snapshot_failure(history.error()));
  }
  const auto latest = co_await parts_.store->latest(place.ns, place.incarnation);
  const auto checkpoints = co_await parts_.checkpoints->list(place.ns);
  if (!checkpoints) {
    co_return std::unexpected(snapshot_failure(checkpoints.error()));
  }
  json::Writer out;
  out.begin_array();
  for (const snapshots::KeyParts& entry : *history) {
    const bool newest = latest && *latest && (*latest)->sha == entry.sha &&
                        (*latest)->watermark_ms == entry.watermark_ms;
    out.begin_object();
    out.member("watermark_ms", newest ? (*latest)->unchanged_through_ms : entry.watermark_ms);
    out.member("sha", entry.sha);
    out.key("tags").begin_array();
    const std::string key = snapshots::body_key(entry.ns, entry.watermark_ms, entry.sha);
    for (const snapshots::Checkpoint& checkpoint : *checkpoints) {
      if (checkpoint.key == key) {
        out.value(checkpoint.label);
      }
    }
    out.end_array().end_object();
  }
  out.end_array();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> SnapshotPolicy::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  if (exchange.route().id == RouteId::kPutSnapshotPolicy) {
    LAYER_CO_ASSIGN(const std::string body, co_await read_small_body(exchange));
    LAYER_CO_ASSIGN(const auto policy, snapshots::parse_policy(body));
    if (auto written = co_await parts_.policies->write(place.ns, policy); !written) {
      co_return std::unexpected(snapshot_failure(std::move(written).error()));
    }
    co_return http::json_response(200, snapshots::print_policy(policy));
  }
  const auto policy = co_await parts_.policies->read(place.ns);
  if (!policy) {
    co_return std::unexpected(snapshot_failure(policy.error()));
  }
  if (!*policy) {
    co_return fail(ErrorCode::kNotFound, "the namespace has no snapshot policy of its own");
  }
  co_return http::json_response(200, snapshots::print_policy(**policy));
}

}  // namespace layer::gateway
