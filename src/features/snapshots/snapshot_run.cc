#include "features/snapshots/snapshot_run.h"

#include <algorithm>
#include <utility>

#include "async/deadline.h"
#include "core/failpoint.h"
#include "features/freshness/read_cut.h"
#include "features/namespaces/layout.h"
#include "features/snapshots/histogram_lines.h"
#include "features/spool/job_results.h"
#include "json/writer.h"

namespace layer::features::snapshots {
namespace {

constexpr core::MetricSpec kSkipped{.name = "hevlayer_snapshot_field_skipped_total",
                                    .kind = core::MetricKind::kCounter,
                                    .help = "fields that a snapshot left out",
                                    .labels = "namespace store_kind field reason"};

bool holds(const std::vector<std::string>& fields, std::string_view field) {
  return std::ranges::find(fields, field) != fields.end();
}

}  // namespace

SnapshotRun::SnapshotRun(const SnapshotJob::Parts& parts, const SnapshotJobOptions& options,
                         jobs::JobContext& context, Place place, SnapshotParams params)
    : parts_(parts),
      options_(options),
      context_(context),
      place_(std::move(place)),
      params_(std::move(params)),
      progress_(context.job().progress) {}

async::Task<Result<queue::JobProgress>> SnapshotRun::run() {
  if (!params_.filter.empty()) {
    co_return co_await count_filtered();
  }
  LAYER_CO_ASSIGN(latest_, co_await parts_.store.latest(place_.ns, place_.incarnation));
  if (params_.source == Source::kStored) {
    LAYER_CO_ASSIGN(const bool served, co_await serve_stored(0));
    if (!served) {
      co_return fail(ErrorCode::kPreconditionFailed, "the latest snapshot does not hold the field");
    }
    co_return std::move(progress_);
  }
  for (int turn = 0;; ++turn) {
    LAYER_CO_ASSIGN(const std::int64_t watermark_ms, co_await wait_for_watermark());
    if (params_.source == Source::kAuto && !params_.automatic) {
      LAYER_CO_ASSIGN(const bool served, co_await serve_stored(watermark_ms));
      if (served) {
        co_return std::move(progress_);
      }
    }
    LAYER_CO_ASSIGN(Body body, co_await count(watermark_ms));
    const auto now = parts_.stability.look(place_.ns).stable_as_of_ms;
    if (body.exact || !params_.automatic || turn >= options_.repeats_max ||
        now.value_or(watermark_ms) <= watermark_ms) {
      LAYER_CO_TRY(co_await publish(body));
      co_return std::move(progress_);
    }
  }
}

async::Task<Result<std::int64_t>> SnapshotRun::wait_for_watermark() {
  const auto deadline = async::SteadyClock::now() + options_.watermark_wait_max;
  while (true) {
    if (const auto watermark = parts_.stability.look(place_.ns).stable_as_of_ms) {
      co_return *watermark;
    }
    if (async::SteadyClock::now() >= deadline) {
      co_return fail(
          ErrorCode::kPreconditionFailed,
          "the namespace was not seen stable in time: there is no watermark to count at");
    }
    LAYER_CO_TRY(co_await context_.reached(progress_));
    co_await async::sleep_for(options_.watermark_look_every);
  }
}

// Whether the latest body answers. `watermark_ms` 0: however old it is.
async::Task<Result<bool>> SnapshotRun::serve_stored(std::int64_t watermark_ms) {
  if (!latest_ || (watermark_ms != 0 && latest_->unchanged_through_ms != watermark_ms) ||
      !std::ranges::all_of(params_.fields, [&](const std::string& field) {
        return holds(latest_->fields, field);
      })) {
    co_return false;
  }
  LAYER_CO_ASSIGN(const BodyPtr body, co_await parts_.store.body(latest_->key));
  progress_ = finished("stored", *latest_, *body);
  co_return true;
}

// All that is configured, all that was asked for lately, and all that is asked for now; of a body
// that still holds only what it lacks (rule SN5).
async::Task<Result<SnapshotRun::Plan>> SnapshotRun::plan(std::int64_t watermark_ms,
                                                         bool written_since) {
  LAYER_CO_ASSIGN(const Policy policy, co_await parts_.policies.effective(place_.ns, place_.index));
  Plan plan;
  const auto add = [&](const std::string& field) {
    if (!holds(plan.fields, field) && plan.fields.size() < kFieldsMax) {
      plan.fields.push_back(field);
    }
  };
  std::ranges::for_each(params_.fields, add);
  if (latest_ && latest_->unchanged_through_ms == watermark_ms && !written_since) {
    LAYER_CO_ASSIGN(plan.merge_into, co_await parts_.store.body(latest_->key));
    if (plan.merge_into->exact) {
      co_return plan;
    }
    plan.merge_into = nullptr;
  }
  std::ranges::for_each(policy.facet_fields, add);
  if (latest_) {
    const std::int64_t since = parts_.clock.wall_ms() - options_.asked_for.count();
    for (const auto& [field, asked_ms] : latest_->asked_ms) {
      if (asked_ms >= since) {
        add(field);
      }
    }
  }
  co_return plan;
}

namespace {

bool quiet(const OriginCounter::Known& known, std::int64_t watermark_ms) {
  return known.metadata.last_write_ms && *known.metadata.last_write_ms <= watermark_ms;
}

}  // namespace

OriginCounter SnapshotRun::counter() {
  return {place_.origin, parts_.pool, [this] { return context_.stopping(); }, params_.page_size};
}

// All of the body but its order and sha.
async::Task<Result<Body>> SnapshotRun::count_at(std::int64_t watermark_ms, OriginCounter& counter,
                                                const OriginCounter::Known& before,
                                                std::vector<std::string> fields) {
  progress_.counters.total = before.metadata.row_count.value_or(0);
  LAYER_CO_TRY(co_await context_.reached(progress_));
  // Rows without a stamp are older than any watermark; where none has one nothing is to be cut.
  const std::string cut = before.stamped ? freshness::cut_filter(watermark_ms) : "";
  LAYER_CO_ASSIGN(Body body, co_await counter.count(before.metadata, std::move(fields),
                                                    freshness::all_of({cut, params_.filter})));
  if (before.stamped) {
    const std::string later = freshness::time_filter({.after_ms = watermark_ms});
    LAYER_CO_ASSIGN(body.rows_after_cut,
                    co_await counter.count_rows(freshness::all_of({later, params_.filter})));
  }
  LAYER_CO_ASSIGN(const auto after, co_await counter.read_metadata());
  body.ns = place_.ns;
  body.watermark_ms = watermark_ms;
  body.exact =
      body.rows_after_cut == 0 && quiet(before, watermark_ms) && quiet(after, watermark_ms);
  progress_.counters.scanned = body.row_count.value_or(0);
  LAYER_CO_TRY(co_await context_.reached(progress_));
  co_return body;
}

async::Task<Result<Body>> SnapshotRun::count(std::int64_t watermark_ms) {
  OriginCounter counter = this->counter();
  LAYER_CO_ASSIGN(const auto before, co_await counter.read_metadata());
  LAYER_CO_ASSIGN(Plan plan, co_await this->plan(watermark_ms, !quiet(before, watermark_ms)));
  LAYER_CO_ASSIGN(Body body, co_await count_at(watermark_ms, counter, before, plan.fields));
  LAYER_CO_TRY(co_await parts_.pool.run([&] {
    if (plan.merge_into && body.exact && plan.merge_into->row_count == body.row_count) {
      body = merge(*plan.merge_into, body);
    } else {
      seal(body);
    }
  }));
  co_return body;
}

// Counts of some rows are nobody's body: they are the results of the job alone (rule SN6).
async::Task<Result<queue::JobProgress>> SnapshotRun::count_filtered() {
  LAYER_CO_ASSIGN(const std::int64_t watermark_ms, co_await wait_for_watermark());
  OriginCounter counter = this->counter();
  LAYER_CO_ASSIGN(const auto before, co_await counter.read_metadata());
  LAYER_CO_ASSIGN(Body body, co_await count_at(watermark_ms, counter, before, params_.fields));
  LAYER_CO_TRY(co_await parts_.pool.run([&] { seal(body); }));
  LAYER_CO_TRY(co_await check_alive());
  LAYER_CO_TRY(co_await keep(body));
  co_return std::move(progress_);
}

async::Task<Result<void>> SnapshotRun::keep(const Body& body) {
  const queue::Job& job = context_.job();
  LAYER_CO_ASSIGN(auto writer,
                  co_await spool::ResultWriter::open(parts_.store.objects(), parts_.pool,
                                                     job.spec.id, job.lease.epoch));
  // What a run that was killed had kept stays: it is as good as what this one counted.
  if (writer.cursor().empty()) {
    LAYER_CO_ASSIGN(HistogramLines lines,
                    co_await parts_.pool.run([&] { return print_histogram(body); }));
    LAYER_CO_TRY(co_await writer.append(std::move(lines.text), lines.count, "all"));
  }
  if (!writer.complete()) {
    LAYER_CO_TRY(co_await writer.finish());
  }
  progress_.counters.done = writer.lines();
  progress_.counters.bytes = writer.bytes();
  json::Writer result;
  result.begin_object();
  result.member("effective_source", "origin").member("stable_as_of", body.watermark_ms);
  result.member("exact", body.exact).member("rows_after_cut", body.rows_after_cut);
  result.member("row_count", body.row_count.value_or(0));
  result.key("fields_skipped").begin_array();
  for (const SkippedField& field : body.skipped) {
    result.begin_object();
    result.member("name", field.name).member("reason", snapshots::name(field.reason));
    result.end_object();
  }
  result.end_array().end_object();
  progress_.result = std::move(result).take();
  progress_.progress = 1;
  co_return Result<void>{};
}

async::Task<Result<void>> SnapshotRun::publish(const Body& body) {
  for (const SkippedField& field : body.skipped) {
    parts_.metrics
        .sample(kSkipped,
                {place_.ns, place_.origin.store->kind(), field.name, snapshots::name(field.reason)})
        .add(1);
  }
  core::failpoint("snapshots.publish");
  LAYER_CO_TRY(co_await check_alive());
  LAYER_CO_TRY(co_await context_.reached(progress_));
  LAYER_CO_ASSIGN(const Latest latest,
                  co_await parts_.store.publish(body, place_.incarnation, params_.fields));
  // A namespace that was deleted meanwhile keeps nothing.
  if (auto alive = co_await check_alive(); !alive) {
    if (alive.error().code == ErrorCode::kNotFound) {
      LAYER_CO_TRY(co_await parts_.store.withdraw(latest));
    }
    co_return std::unexpected(std::move(alive).error());
  }
  progress_ = finished("origin", latest, body);
  co_return Result<void>{};
}

// Read from the object store itself: what this gateway remembers may be seconds old.
async::Task<Result<void>> SnapshotRun::check_alive() {
  const auto object = co_await parts_.store.objects().get(namespaces::tombstone_key(place_.ns));
  if (!object && object.error().code == ErrorCode::kNotFound) {
    co_return Result<void>{};
  }
  if (!object) {
    co_return std::unexpected(object.error());
  }
  LAYER_CO_ASSIGN(const auto tombstone, namespaces::parse_tombstone(object->bytes));
  if (tombstone.incarnation > place_.incarnation) {
    co_return fail(ErrorCode::kNotFound, "the namespace was deleted while its snapshot was taken");
  }
  co_return Result<void>{};
}

queue::JobProgress SnapshotRun::finished(std::string_view source, const Latest& latest,
                                         const Body& body) {
  json::Writer result;
  result.begin_object();
  result.member("effective_source", source);
  result.member("stable_as_of", latest.unchanged_through_ms);
  result.member("sha", latest.sha);
  result.member("exact", body.exact).member("rows_after_cut", body.rows_after_cut);
  result.end_object();
  progress_.result = std::move(result).take();
  progress_.progress = 1;
  return progress_;
}

}  // namespace layer::features::snapshots
