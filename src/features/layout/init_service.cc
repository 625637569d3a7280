#include "features/layout/init_service.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "features/layout/backfill_params.h"
#include "features/pages/store_query.h"

namespace layer::features::layout {
namespace {

using namespaces::Layout;

std::unexpected<Error> unavailable(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = "init"},
                                          {.name = "reason", .value = std::string(reason)}}});
}

}  // namespace

Result<Layout> apply_init(const std::optional<Layout>& before, const InitParams& params,
                          bool rows_have_shards, std::int64_t now_ms) {
  Layout layout = before.value_or(Layout{});
  layout.schema_version = params.schema_version.value_or(layout.schema_version);
  layout.scatter_queries = params.scatter_queries.value_or(layout.scatter_queries);
  const std::uint32_t count = params.shard_count.value_or(layout.shard_count);
  const bool same = count == layout.shard_count;
  const bool again = same && params.reshard && layout.state == Layout::State::kReady;
  if (same && !again) {
    return layout;
  }
  if (layout.shard_count != 0 && !params.reshard) {
    return std::unexpected(
        Error{.code = ErrorCode::kConflict,
              .message = fmt::format("the namespace has {} shards; \"reshard\": true gives it {}",
                                     layout.shard_count, count),
              .fields = {{.name = "reason", .value = "shard_count"}}});
  }
  layout.stamps_rows = layout.shard_count == 0 || again;
  layout.reshard = layout.shard_count != 0 || rows_have_shards;
  layout.shard_count = count;
  layout.state = Layout::State::kBackfilling;
  layout.cursor.clear();
  layout.migrated = 0;
  layout.started_at_ms = std::max(now_ms, layout.started_at_ms + 1);
  layout.completed_at_ms.reset();
  return layout;
}

async::Task<Result<InitService::Outcome>> InitService::init(Ask ask) {
  if (parts_.objects == nullptr) {
    co_return fail(ErrorCode::kObjectStoreNotConfigured,
                   "a layout is kept in the object store, which is switched off");
  }
  LAYER_CO_ASSIGN(Place place, co_await find_place(parts_.router, parts_.states, ask.ns));
  documents::Origin origin = place.origin;
  origin.authorization = ask.bearer;
  LAYER_CO_ASSIGN(const StoreView view,
                  co_await look_at_store(origin, async::SteadyClock::now() + pages::kCallTimeMax));
  LAYER_CO_ASSIGN(Layout layout, co_await settle(ask, place, view));
  Outcome outcome{.layout = std::move(layout), .row_count = view.row_count};
  if (outcome.layout.state == Layout::State::kBackfilling) {
    LAYER_CO_ASSIGN(outcome.job_id, co_await submit(ask, place, outcome.layout));
  }
  co_return outcome;
}

Result<void> InitService::check_backfill(const Ask& ask, const Place& place) const {
  if (parts_.runner == nullptr) {
    return unavailable("queue_database",
                       "rows get their shard from a job, which needs the queue "
                       "database that --database-url switched off");
  }
  if (ask.passthrough && !parts_.has_credential(*place.origin.store)) {
    return unavailable("background_credential",
                       "rows get their shard from a job that outlives the request, and this "
                       "gateway has no credential of its own for the store");
  }
  return {};
}

async::Task<Result<Layout>> InitService::settle(const Ask& ask, const Place& place,
                                                const StoreView& view) {
  const std::string& ns = place.cached.ns;
  for (int turn = 0;; ++turn) {
    LAYER_CO_ASSIGN(LayoutRecord record, co_await read_layout(*parts_.objects, ns));
    std::optional<Layout> before = record.layout;
    if (before && before->incarnation != place.cached.incarnation) {
      before.reset();  // of a namespace that was deleted
    }
    LAYER_CO_ASSIGN(Layout layout,
                    apply_init(before, ask.params, view.has_shards, parts_.clock.wall_ms()));
    layout.incarnation = place.cached.incarnation;
    if (layout.state == Layout::State::kBackfilling) {
      LAYER_CO_TRY(check_backfill(ask, place));
    }
    if (before == layout) {
      co_return layout;
    }
    auto replaced = co_await replace_layout(*parts_.objects, ns, std::move(record), layout);
    if (replaced) {
      parts_.changed(ns);
      co_return layout;
    }
    if (replaced.error().code != ErrorCode::kConflict) {
      co_return std::unexpected(std::move(replaced).error());
    }
    if (turn + 1 >= kInitTriesMax) {
      co_return fail(ErrorCode::kServiceUnavailable,
                     "the layout is being changed by others; ask again");
    }
  }
}

async::Task<Result<std::string>> InitService::submit(const Ask& ask, const Place& place,
                                                     const Layout& layout) {
  LAYER_CO_ASSIGN(auto submitted,
                  co_await parts_.runner->submit(
                      {.kind = std::string(kInitKind),
                       .ns = place.cached.ns,
                       .store = place.cached.store,
                       .owner = ask.owner,
                       .params = print_backfill_params({.started_at_ms = layout.started_at_ms}),
                       .unique_key = fmt::format("{}/{}/{}", place.cached.store, place.cached.ns,
                                                 layout.started_at_ms)}));
  co_return submitted.job.spec.id;
}

}  // namespace layer::features::layout
