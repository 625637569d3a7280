#include "features/pages/shard_pages.h"

#include <algorithm>
#include <utility>

#include "async/fan_out.h"
#include "features/freshness/read_cut.h"
#include "features/shards/shards.h"

namespace layer::features::pages {

ShardPages::ShardPages(const documents::Origin& origin, const PageQuery& query, ShardCursors begin,
                       std::size_t width, async::CpuPool& pool)
    : cursors_(std::move(begin)), width_(std::max<std::size_t>(width, 1)) {
  const auto shards = static_cast<std::uint32_t>(cursors_.shards.size());
  pages_.reserve(shards);
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    PageQuery part = query;
    part.filter = freshness::all_of({query.filter, shards::shard_filter(shard, shards)});
    pages_.emplace_back(origin, nullptr, std::move(part), pool);
  }
}

async::Task<Result<void>> ShardPages::read_all(RoundSink& sink) {
  ShardCursors taken = cursors_;
  for (Round before; !cursors_.done() || !before.empty();) {
    std::vector<Leg> legs = next_legs();
    Result<void> took;
    co_await async::fan_out(legs.size() + 1, legs.size() + 1, [&](std::size_t i) -> async::Task<> {
      if (i > 0) {
        co_await read(legs[i - 1]);
      } else if (!before.empty()) {
        took = co_await sink.take(std::move(before), taken);
      }
    });
    LAYER_CO_TRY(std::move(took));
    if (const auto failed = std::ranges::find_if(legs, [](const Leg& leg) { return !leg.page; });
        failed != legs.end()) {
      LAYER_CO_TRY(co_await sink.keep());
      co_return std::unexpected(std::move(failed->page).error());
    }
    LAYER_CO_TRY(co_await sink.between());
    before = advance(std::move(legs));
    taken = cursors_;
  }
  co_return Result<void>{};
}

std::vector<ShardPages::Leg> ShardPages::next_legs() const {
  std::vector<Leg> legs;
  for (std::size_t shard = 0; shard < cursors_.shards.size() && legs.size() < width_; ++shard) {
    if (!cursors_.shards[shard].done) {
      legs.push_back({.shard = shard});
    }
  }
  return legs;
}

async::Task<> ShardPages::read(Leg& leg) {
  leg.page = co_await pages_[leg.shard].read(cursors_.shards[leg.shard].after,
                                             async::SteadyClock::now() + kPagePatience);
}

Round ShardPages::advance(std::vector<Leg> legs) {
  Round round;
  for (Leg& leg : legs) {
    ShardCursor& shard = cursors_.shards[leg.shard];
    shard.done = !leg.page->next_after;
    shard.after = leg.page->next_after;
    round.push_back({.shard = leg.shard, .page = std::move(*leg.page)});
  }
  return round;
}

}  // namespace layer::features::pages
