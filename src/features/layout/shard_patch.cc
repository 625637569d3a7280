#include "features/layout/shard_patch.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "async/deadline.h"
#include "features/namespaces/upstream.h"
#include "features/pages/store_query.h"
#include "json/writer.h"
#include "wire/reserved_names.h"

namespace layer::features::layout {
namespace {

constexpr int kAccepted = 202;
constexpr int kTooManyRequests = 429;
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{1} << 20;

cache::FenceScope fence_scope(const std::vector<RowShard>& rows) {
  cache::FenceScope scope;
  scope.rows.reserve(rows.size());
  for (const RowShard& row : rows) {
    scope.rows.push_back({.id = row.id,
                          .change = cache::RowChange::kMerge,
                          .row = std::make_shared<const std::string>(
                              fmt::format(R"({{"{}":{}}})", wire::kShardAttribute, row.shard))});
  }
  return scope;
}

async::Task<Result<store::Answer>> send_once(const Place& place, const std::string& body,
                                             async::TimePoint deadline) {
  store::Call call{
      .method = "POST",
      .target = fmt::format("/v2/namespaces/{}", namespaces::percent_encode(place.origin.physical)),
      .headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}},
      .authorization = place.origin.authorization,
      .body = body,
      .kind = store::CallKind::kPlainWrite,
      .deadline = std::min(deadline, async::SteadyClock::now() + pages::kCallTimeMax)};
  LAYER_CO_ASSIGN(store::Answer answer, co_await place.origin.store->send(std::move(call)));
  LAYER_CO_TRY(co_await namespaces::collect(answer, kAnswerBytesMax));
  co_return answer;
}

// What is not known to have been refused may have happened.
async::Task<> settle(cache::WriteFence& fence, const Result<store::Answer>& answer,
                     core::Stamp stamp) {
  if (!answer || answer->status >= 500 || answer->status == kAccepted) {
    co_await fence.outcome_unknown();
  } else if (answer->status >= 200 && answer->status < 300) {
    co_await fence.applied(stamp, std::nullopt);
  } else {
    co_await fence.refused();
  }
}

async::Task<Result<store::Answer>> send_fenced(const Place& place, const std::string& body,
                                               const std::vector<RowShard>& rows,
                                               cache::DocumentCache* cache,
                                               freshness::HybridClock& hlc,
                                               async::TimePoint deadline) {
  std::unique_ptr<cache::WriteFence> fence;
  if (cache != nullptr) {
    fence = co_await cache->raise(place.cached, fence_scope(rows), deadline);
  }
  const core::Stamp stamp = hlc.stamp(place.cached.ns);
  auto answer = co_await send_once(place, body, deadline);
  if (fence) {
    co_await settle(*fence, answer, stamp);
  }
  co_return answer;
}

}  // namespace

std::string print_shard_patch(const std::vector<RowShard>& rows) {
  json::Writer out;
  out.begin_object().key("patch_columns").begin_object().key("id").begin_array();
  for (const RowShard& row : rows) {
    if (const auto* number = std::get_if<std::uint64_t>(&row.id)) {
      out.value(*number);
    } else {
      out.value(wire::to_string(row.id));
    }
  }
  out.end_array().key(wire::kShardAttribute).begin_array();
  for (const RowShard& row : rows) {
    out.value(row.shard);
  }
  out.end_array().end_object().end_object();
  return std::move(out).take();
}

async::Task<Result<void>> patch_shards(const Place& place, const std::vector<RowShard>& rows,
                                       cache::DocumentCache* cache, freshness::HybridClock& hlc,
                                       async::TimePoint deadline) {
  const std::string body = print_shard_patch(rows);
  for (;;) {
    LAYER_CO_ASSIGN(store::Answer answer,
                    co_await send_fenced(place, body, rows, cache, hlc, deadline));
    if (answer.status >= 200 && answer.status < 300) {
      co_return Result<void>{};
    }
    const auto wait = pages::asked_wait(answer.headers);
    if (answer.status != kTooManyRequests || deadline - async::SteadyClock::now() <= wait) {
      co_return std::unexpected(
          pages::refusal_of({.status = answer.status, .body = std::move(answer.body)}));
    }
    if (!co_await async::sleep_for(wait)) {
      co_return fail(ErrorCode::kCancelled, "cancelled while the store asked to wait");
    }
  }
}

}  // namespace layer::features::layout
