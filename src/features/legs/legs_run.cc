#include "features/legs/legs_run.h"

#include <algorithm>
#include <span>
#include <utility>

#include "async/fan_out.h"
#include "core/limits.h"
#include "features/legs/shard_plan.h"

namespace layer::features::legs {
namespace {

// Up to here an answer is read, and merged, on the loop: it takes less than a millisecond.
constexpr std::size_t kInlineBytesMax = 256 * core::limits::kKiB;
constexpr std::size_t kInlineRowsMax = 4096;

constexpr std::string_view kLabels = "namespace kind status";
constexpr core::MetricSpec kShardLegs{.name = "layer_shard_legs_total",
                                      .kind = core::MetricKind::kCounter,
                                      .help = "calls that read one shard for a ranked query",
                                      .labels = kLabels};
const core::MetricSpec& leg_seconds() {
  static const core::MetricSpec kSpec{.name = "layer_shard_leg_seconds",
                                      .kind = core::MetricKind::kHistogram,
                                      .help = "time that such a call took",
                                      .labels = kLabels,
                                      .buckets = core::seconds_buckets()};
  return kSpec;
}

std::string_view status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kGatewayTimeout:
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kServiceUnavailable:
    case ErrorCode::kStoreUnavailable:
    case ErrorCode::kRateLimited:
      return "rejected";
    case ErrorCode::kUpstream:
      return "tpuf_error";
    default:
      return "layer_error";
  }
}

std::unexpected<Error> too_large() {
  return std::unexpected(
      Error{.code = ErrorCode::kUpstream,
            .message = "the rows of the shards are more than the gateway holds; ask for fewer rows "
                       "or attributes",
            .fields = {{.name = "reason", .value = "answer_too_large"}}});
}

// What work on the pool came to.
template <class T>
Result<T> off_loop(Result<Result<T>> done) {
  if (done) {
    return std::move(*done);
  }
  if (done.error().code == ErrorCode::kTooManyRequests) {
    return fail(ErrorCode::kServiceUnavailable, "too many large answers wait to be read");
  }
  return std::unexpected(std::move(done).error());
}

}  // namespace

LegsRun::LegsRun(Parts parts, const Question& question, async::TimePoint deadline)
    : parts_(parts), question_(question), deadline_(deadline) {
  const std::vector<Leg>& legs = question_.legs;
  const bool merges = question_.shards > 1;
  for (const Leg& leg : legs) {
    orders_.push_back(rank_order_of(leg.rank_by));
    projections_.push_back(
        projection_of(leg, merges ? orders_.back().needed() : std::vector<std::string>()));
  }
  for (std::size_t i = 0; i < legs.size(); ++i) {
    shapes_.push_back({.order = merges ? &orders_[i] : nullptr, .cut = projections_[i].cut});
    merges_.emplace_back(orders_[i], legs[i].limit);
  }
  plan();
}

void LegsRun::plan() {
  const std::size_t legs = question_.legs.size();
  const bool together = legs == 1 || question_.place.origin.store->capabilities().support(
                                         "multi_query") != store::Support::kUnsupported;
  for (const std::uint32_t shard : shards_to_read(question_.legs, question_.shards)) {
    if (together) {
      calls_.push_back({.shard = shard, .first = 0, .count = legs});
      continue;
    }
    for (std::size_t i = 0; i < legs; ++i) {
      calls_.push_back({.shard = shard, .first = i, .count = 1});
    }
  }
}

async::Task<Result<LegsOutcome>> LegsRun::run() {
  const auto calls = static_cast<std::uint32_t>(calls_.size());
  const std::uint32_t width = shards::fan_out_width(question_.place.threads, calls);
  co_await async::fan_out(calls, width, [this](std::size_t i) { return make(calls_[i]); });
  if (refusal_) {
    co_return std::move(*refusal_);
  }
  if (failed_) {
    co_return std::unexpected(std::move(*failed_));
  }
  if (made_ < calls) {
    co_return fail(ErrorCode::kCancelled, "the caller left before all shards were read");
  }
  LegsAnswer answer{.billing = totals_.billing(),
                    .performance = totals_.performance(),
                    .threads = question_.shards > 1 ? width : 0};
  for (std::size_t i = 0; i < merges_.size(); ++i) {
    LegRows list;
    for (RankedRow& row : std::move(merges_[i]).take()) {
      list.rows.push_back({.id = std::move(row.id), .dist = row.dist, .text = std::move(row.text)});
    }
    list.filled = list.rows.size() >= question_.legs[i].limit;
    answer.legs.push_back(std::move(list));
  }
  co_return answer;
}

async::Task<> LegsRun::make(Call call) {
  if (ended()) {
    co_return;
  }
  auto done = co_await ask(call);
  if (!done && !ended()) {
    failed_ = std::move(done).error();
  }
}

async::Task<Result<void>> LegsRun::ask(Call call) {
  LAYER_CO_ASSIGN(
      const LegGate::Pass pass,
      co_await parts_.gate.enter(*question_.place.origin.store, question_.place.origin.physical,
                                 cost_of(call), this, deadline_));
  if (ended()) {
    co_return Result<void>{};
  }
  const auto begun = async::SteadyClock::now();
  ++made_;
  auto reply = co_await pages::query_store(
      question_.place.origin,
      body_of({.legs = std::span(question_.legs).subspan(call.first, call.count),
               .projections = std::span(projections_).subspan(call.first, call.count),
               .bounds = question_.bounds,
               .vector_encoding = question_.rows.vector_encoding,
               .shard_filter = shards::shard_filter(call.shard, question_.shards)}),
      deadline_, {.waits = false});
  count(!reply ? status_of(reply.error()) : reply->ok() ? "ok" : "tpuf_error", begun);
  LAYER_CO_TRY(reply);
  if (reply->too_large) {
    co_return too_large();
  }
  if (!reply->ok()) {
    refusal_ = std::move(*reply);
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(auto lists, co_await cut(reply->body, call));
  co_return co_await take(std::move(lists), call);
}

async::Task<Result<AnswerLists>> LegsRun::cut(const std::string& body, Call call) {
  const auto work = [&] {
    return read_lists(body, std::span(shapes_).subspan(call.first, call.count), call.count > 1,
                      question_.place.id_type);
  };
  if (body.size() <= kInlineBytesMax) {
    co_return work();
  }
  co_return off_loop(co_await parts_.pool.run(work));
}

async::Task<Result<void>> LegsRun::take(AnswerLists answer, Call call) {
  LAYER_CO_ASSIGN(const auto turn, co_await merging_.take(this, 1, deadline_));
  std::size_t rows = 0;
  for (std::size_t i = 0; i < call.count; ++i) {
    rows += answer.lists[i].size() + merges_[call.first + i].rows();
  }
  const auto work = [&] { return merge(answer, call); };
  if (rows <= kInlineRowsMax) {
    co_return work();
  }
  co_return off_loop(co_await parts_.pool.run(work));
}

Result<void> LegsRun::merge(AnswerLists& answer, Call call) {
  totals_.add(answer.billing, answer.performance);
  for (std::size_t i = 0; i < call.count; ++i) {
    merges_[call.first + i].add(std::move(answer.lists[i]));
  }
  std::size_t bytes = 0;
  for (const ListMerge& merge : merges_) {
    bytes += merge.bytes();
  }
  return bytes > kMergedBytesMax ? too_large() : Result<void>();
}

LegGate::Cost LegsRun::cost_of(Call call) const {
  LegGate::Cost cost{.legs = call.count, .permits = 0};
  for (std::size_t i = 0; i < call.count; ++i) {
    cost.permits += orders_[call.first + i].permits();
  }
  return cost;
}

void LegsRun::count(std::string_view status, async::TimePoint begun) {
  if (question_.shards <= 1) {
    return;
  }
  const std::string_view kind = question_.legs.size() > 1 ? "multi_query" : "query";
  const std::chrono::duration<double> took = async::SteadyClock::now() - begun;
  parts_.metrics.sample(kShardLegs, {question_.place.ns, kind, status}).add();
  parts_.metrics.sample(leg_seconds(), {question_.place.ns, kind, status}).observe(took.count());
}

}  // namespace layer::features::legs
