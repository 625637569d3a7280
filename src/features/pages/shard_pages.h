// The rows of all shards of a namespace, a few shards at the same time: rounds of one page each, in
// an order that does not depend on which page comes first. While a round is taken the next one is
// read: what memory it takes is bounded by two pages for each shard that is read at the same time.
// Thread safety: one loop; what the constructor is given outlives the reader.
#pragma once

#include <vector>

#include "features/pages/row_pages.h"
#include "features/pages/shard_cursor.h"

namespace layer::features::pages {

// How long a store that asks to wait is waited for, page by page.
inline constexpr std::chrono::minutes kPagePatience{10};

struct ShardPage {
  std::size_t shard = 0;
  Page page{};
};
using Round = std::vector<ShardPage>;

// Who gets the rows. An error of any of them ends the reading.
class RoundSink {
 public:
  virtual ~RoundSink() = default;
  // `after`: where all shards go on once these rows are taken.
  virtual async::Task<Result<void>> take(Round round, const ShardCursors& after) = 0;
  // Between rounds: to say how far it came, to be told to stop.
  virtual async::Task<Result<void>> between() { co_return Result<void>{}; }
  // A page could not be read, and what was taken is to outlast that.
  virtual async::Task<Result<void>> keep() { co_return Result<void>{}; }
};

class ShardPages {
 public:
  // `query` without the filter of a shard; `begin`: where to go on, one a shard.
  ShardPages(const documents::Origin& origin, const PageQuery& query, ShardCursors begin,
             std::size_t width, async::CpuPool& pool);

  // To the end. Errors: those of RowPages::read and of the sink.
  async::Task<Result<void>> read_all(RoundSink& sink);

 private:
  struct Leg {
    std::size_t shard = 0;
    Result<Page> page{};
  };
  std::vector<Leg> next_legs() const;
  async::Task<> read(Leg& leg);
  Round advance(std::vector<Leg> legs);

  ShardCursors cursors_;  // after the last round that was read
  std::vector<RowPages> pages_{};
  const std::size_t width_;
};

}  // namespace layer::features::pages
