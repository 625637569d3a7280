// The routes of snapshots.h that answer with lists: jobs, checkpoints, the feed.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "features/jobs/job_list.h"
#include "features/snapshots/snapshot_params.h"
#include "gateway/auth/authorise.h"
#include "gateway/errors.h"
#include "gateway/list_parameters.h"
#include "gateway/percent.h"
#include "gateway/routes/snapshots.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace jobs = features::jobs;
namespace snapshots = features::snapshots;

constexpr std::size_t kCheckpointsLimitDefault = 100;
constexpr std::size_t kCheckpointsLimitMax = 1000;
constexpr std::size_t kActivityLimitDefault = 100;
constexpr std::size_t kActivityLimitMax = 500;
constexpr std::size_t kActivityNamespacesMax = 10'000;
constexpr std::size_t kNamespacesAtOnce = 500;

// Whether (time, id) comes after `key` in a list that has the newest first.
bool follows(std::int64_t time_ms, std::string_view id, const queue::JobKey& key) {
  return time_ms != key.created_at_ms ? time_ms < key.created_at_ms : id < key.id;
}

// The cursor of a list, null where there is none.
Result<std::optional<queue::JobKey>> read_place(std::string_view query, std::string_view name,
                                                const queue::JobFilter& filter,
                                                const JobParts& parts) {
  const std::string cursor = query_parameter(query, name).value_or("");
  if (cursor.empty()) {
    return std::nullopt;
  }
  LAYER_ASSIGN(auto key,
               jobs::open_job_cursor(cursor, filter, parts.clock.wall_ms(), parts.signer));
  return key;
}

Result<std::string> read_label(std::string_view body) {
  const auto document = json::Document::parse(std::string(body));
  json::Object object;
  std::string_view label;
  if (!document || document->root().get(object) != simdjson::SUCCESS ||
      object.at_key("label").get(label) != simdjson::SUCCESS || !snapshots::is_label(label)) {
    return std::unexpected(validation_error("label", "expected 1 to 128 of A-Z a-z 0-9 . _ -"));
  }
  return std::string(label);
}

}  // namespace

async::Task<Result<http::Response>> SnapshotJobs::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(jobs::JobRunner * runner, runner_of(parts_.jobs));
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  if (exchange.route().id == RouteId::kSnapshotJobs) {
    co_return co_await list(exchange, place.ns);
  }
  const std::int64_t now = parts_.jobs.clock.wall_ms();
  auto job =
      co_await jobs::find_job(runner->store(), percent_decode(exchange.match.params[0]), now);
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  if (job->spec.ns != place.ns || job->spec.kind != snapshots::kSnapshotKind) {
    co_return fail(ErrorCode::kNotFound, "the namespace has no such snapshot job");
  }
  json::Writer out;
  snapshots::put_snapshot_job(out, *job, now);
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> SnapshotJobs::list(Exchange& exchange, std::string ns) {
  const std::string_view query = exchange.request.query();
  const std::int64_t now = parts_.jobs.clock.wall_ms();
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", jobs::kJobsLimitDefault, jobs::kJobsLimitMax));
  const queue::JobFilter filter{.kind = std::string(snapshots::kSnapshotKind), .ns = std::move(ns)};
  LAYER_CO_ASSIGN(auto before, read_place(query, "cursor", filter, parts_.jobs));
  auto page = co_await jobs::list_jobs(parts_.jobs.runner->store(), filter, std::move(before),
                                       limit, [](const queue::Job&) { return true; });
  if (!page) {
    co_return std::unexpected(job_failure(std::move(page).error()));
  }
  json::Writer out;
  out.begin_object().key("snapshot_jobs").begin_array();
  for (const queue::Job& job : page->jobs) {
    snapshots::put_snapshot_job(out, job, now);
  }
  out.end_array();
  if (page->next) {
    out.member("next_cursor", jobs::seal_job_cursor(filter, *page->next, now, parts_.jobs.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> CheckpointList::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(auto place, co_await snapshot_place(parts_, exchange));
  if (exchange.route().id == RouteId::kCreateCheckpoint) {
    co_return co_await create(exchange, std::move(place));
  }
  co_return co_await list(exchange, std::move(place.ns));
}

async::Task<Result<http::Response>> CheckpointList::create(Exchange& exchange,
                                                           snapshots::Place place) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_small_body(exchange));
  LAYER_CO_ASSIGN(std::string label, read_label(body));
  const auto made =
      co_await parts_.checkpoints->create(place.ns, place.incarnation, std::move(label));
  if (!made) {
    co_return std::unexpected(snapshot_failure(made.error()));
  }
  json::Writer out;
  snapshots::put_checkpoint(out, *made);
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> CheckpointList::list(Exchange& exchange, std::string ns) {
  const std::string_view query = exchange.request.query();
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", kCheckpointsLimitDefault, kCheckpointsLimitMax));
  const queue::JobFilter filter{.kind = "checkpoints", .ns = ns};
  LAYER_CO_ASSIGN(const auto before, read_place(query, "before", filter, parts_.jobs));
  const auto all = co_await parts_.checkpoints->list(std::move(ns));
  if (!all) {
    co_return std::unexpected(snapshot_failure(all.error()));
  }
  json::Writer out;
  out.begin_object().key("checkpoints").begin_array();
  std::size_t shown = 0;
  const snapshots::Checkpoint* last = nullptr;
  bool more = false;
  for (const snapshots::Checkpoint& checkpoint : *all) {
    if (before && !follows(checkpoint.created_at_ms, checkpoint.label, *before)) {
      continue;
    }
    if (shown == limit) {
      more = true;
      break;
    }
    snapshots::put_checkpoint(out, checkpoint);
    last = &checkpoint;
    ++shown;
  }
  out.end_array();
  if (more && last != nullptr) {
    out.member("next_cursor", jobs::seal_job_cursor(
                                  filter, {.created_at_ms = last->created_at_ms, .id = last->label},
                                  parts_.jobs.clock.wall_ms(), parts_.jobs.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> CheckpointRoute::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto place, co_await snapshot_place(parts_, exchange));
  const std::string label = percent_decode(exchange.match.params[0]);
  if (!snapshots::is_label(label)) {
    co_return std::unexpected(validation_error("label", "expected 1 to 128 of A-Z a-z 0-9 . _ -"));
  }
  if (exchange.route().id == RouteId::kDeleteCheckpoint) {
    if (auto removed = co_await parts_.checkpoints->remove(place.ns, label); !removed) {
      co_return std::unexpected(snapshot_failure(std::move(removed).error()));
    }
    co_return http::json_response(200, R"({"status":"OK"})");
  }
  const auto found = co_await parts_.checkpoints->get(place.ns, label);
  if (!found) {
    co_return std::unexpected(snapshot_failure(found.error()));
  }
  json::Writer out;
  snapshots::put_checkpoint(out, *found);
  co_return http::json_response(200, std::move(out).take());
}

// The newest events so far, and what is asked for.
struct SnapshotActivity::Feed {
  std::size_t limit = kActivityLimitDefault;
  std::int64_t since_ms = 0;
  std::string ns{};  // empty: all
  std::optional<queue::JobKey> before{};
  std::vector<std::pair<std::int64_t, std::string>> events{};  // time, "<ns>/<sha>"
  bool truncated = false;                                      // some namespaces were not looked at

  void add(const snapshots::KeyParts& parts) {
    std::string id = fmt::format("{}/{}", parts.ns, parts.sha);
    if (parts.watermark_ms < since_ms || (before && !follows(parts.watermark_ms, id, *before))) {
      return;
    }
    events.emplace_back(parts.watermark_ms, std::move(id));
    if (events.size() > 4 * (limit + 1)) {
      cut();
    }
  }
  void cut() {
    std::ranges::sort(events, std::greater<>());
    events.resize(std::min(events.size(), limit + 1));
  }
};

async::Task<Result<void>> SnapshotActivity::collect(Exchange& exchange, Feed& feed) {
  const auto table = parts_.places.router().table();
  const auto look = [&](const std::string& ns) -> async::Task<Result<void>> {
    const auto route = table->find(ns);
    if (!route || (exchange.caller && !may_read(*exchange.caller, route->store->name(), ns))) {
      co_return Result<void>{};
    }
    const auto latest = co_await parts_.store->latest(ns, 0);
    if (!latest) {
      co_return std::unexpected(latest.error());
    }
    if (!*latest || (*latest)->watermark_ms < feed.since_ms) {
      co_return Result<void>{};
    }
    co_return co_await parts_.store->for_each(
        ns, [&feed](const snapshots::KeyParts& parts) { feed.add(parts); });
  };
  if (!feed.ns.empty()) {
    co_return co_await look(feed.ns);
  }
  std::string after;
  for (std::size_t seen = 0;;) {
    LAYER_CO_ASSIGN(const auto names, co_await parts_.store->namespaces(after, kNamespacesAtOnce));
    for (const std::string& ns : names) {
      if (++seen > kActivityNamespacesMax || async::SteadyClock::now() >= exchange.deadline) {
        feed.truncated = true;
        co_return Result<void>{};
      }
      LAYER_CO_TRY(co_await look(ns));
    }
    if (names.size() < kNamespacesAtOnce) {
      co_return Result<void>{};
    }
    after = names.back();
  }
}

async::Task<Result<http::Response>> SnapshotActivity::handle(Exchange& exchange) {
  if (parts_.store == nullptr) {
    co_return fail(ErrorCode::kObjectStoreNotConfigured,
                   "snapshots live in the object store, which is switched off");
  }
  const std::string_view query = exchange.request.query();
  const std::int64_t now = parts_.jobs.clock.wall_ms();
  Feed feed{.ns = query_parameter(query, "namespace").value_or("")};
  LAYER_CO_ASSIGN(feed.limit, read_count(query, "limit", kActivityLimitDefault, kActivityLimitMax));
  if (const auto since = query_parameter(query, "since")) {
    const auto which = snapshots::parse_which(*since, now);
    if (!which || which->kind != snapshots::Which::Kind::kTime) {
      co_return std::unexpected(validation_error("since", "expected a time or an age such as 1h"));
    }
    feed.since_ms = which->time_ms;
  }
  const queue::JobFilter filter{.kind = "snapshot-activity", .ns = feed.ns};
  LAYER_CO_ASSIGN(feed.before, read_place(query, "cursor", filter, parts_.jobs));
  if (auto collected = co_await collect(exchange, feed); !collected) {
    co_return std::unexpected(snapshot_failure(std::move(collected).error()));
  }
  feed.cut();
  json::Writer out;
  out.begin_object().key("events").begin_array();
  for (std::size_t i = 0; i < std::min(feed.events.size(), feed.limit); ++i) {
    const auto& [time_ms, id] = feed.events[i];
    const std::size_t slash = id.find('/');
    out.begin_object().member("ts_ms", time_ms);
    out.member("namespace", id.substr(0, slash)).member("sha", id.substr(slash + 1));
    out.end_object();
  }
  out.end_array();
  if (feed.events.size() > feed.limit) {
    const auto& [time_ms, id] = feed.events[feed.limit - 1];
    out.member("next_cursor", jobs::seal_job_cursor(filter, {.created_at_ms = time_ms, .id = id},
                                                    now, parts_.jobs.signer));
  }
  if (feed.truncated) {
    out.member("truncated", true);
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
