#include "features/scans/origin_count.h"

#include <utility>

#include "async/fan_out.h"
#include "features/pages/row_count.h"
#include "features/pages/row_pages.h"

namespace layer::features::scans {
namespace {

// Pages without attributes are cheap, and the fewer the better.
constexpr std::size_t kCountPageSize = pages::kPageRowsMax;

// Who may not see the namespace, or asks for one that is not there, gets no other answer from
// pages.
bool is_final(const pages::StoreReply& reply) {
  return reply.status == 401 || reply.status == 403 || reply.status == 404;
}

struct Shard {
  std::uint64_t count = 0;
  bool done = false;
  std::optional<Error> error{};
};

async::Task<> count_shard(const RowSet& rows, std::uint32_t number, async::CpuPool& pool,
                          async::TimePoint deadline, Shard& shard) {
  pages::RowPages pages(
      rows.origin, nullptr,
      {.filter = rows.filter_of(number), .level = rows.level, .page_size = kCountPageSize}, pool);
  std::optional<wire::Id> after;
  do {
    auto page = co_await pages.read(after, deadline);
    if (!page) {
      shard.error = std::move(page).error();
      co_return;
    }
    shard.count += page->rows.size();
    after = std::move(page->next_after);
  } while (after);
  shard.done = true;
}

}  // namespace

async::Task<Result<Counted>> count_pages(const RowSet& rows, async::CpuPool& pool,
                                         async::TimePoint deadline) {
  std::vector<Shard> shards(rows.shards);
  co_await async::fan_out(shards.size(), rows.width, [&](std::size_t i) {
    return count_shard(rows, static_cast<std::uint32_t>(i), pool, deadline, shards[i]);
  });
  Counted counted{.shards_total = rows.shards};
  for (Shard& shard : shards) {
    if (shard.error && !ran_out_of_time(*shard.error)) {
      co_return std::unexpected(std::move(*shard.error));
    }
    counted.count += shard.count;
    counted.scanned += shard.count;
    counted.shards_saturated += shard.done ? 0 : 1;
    counted.timed_out |= !shard.done;
  }
  co_return counted;
}

async::Task<Result<CountOutcome>> count_at_origin(const RowSet& rows, async::CpuPool& pool,
                                                  async::TimePoint deadline) {
  const auto now = async::SteadyClock::now();
  const async::TimePoint half = now + ((deadline - now) / 2);  // the rest is for pages
  auto reply =
      co_await pages::query_store(rows.origin, pages::count_body(rows.filter, rows.level), half);
  if (!reply && !ran_out_of_time(reply.error())) {
    co_return std::unexpected(std::move(reply).error());
  }
  if (reply && reply->ok()) {
    LAYER_CO_ASSIGN(const std::uint64_t count, pages::read_count(std::move(reply->body)));
    co_return Counted{.count = count, .shards_total = rows.shards};
  }
  if (reply && is_final(*reply)) {
    co_return std::move(*reply);
  }
  auto counted = co_await count_pages(rows, pool, deadline);
  if (counted) {
    co_return *counted;
  }
  if (reply) {  // it said what is wrong with the question
    co_return std::move(*reply);
  }
  co_return std::unexpected(std::move(counted).error());
}

}  // namespace layer::features::scans
