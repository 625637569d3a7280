#include "features/documents/fetcher.h"

#include <algorithm>
#include <numeric>

#include "async/fan_out.h"
#include "features/documents/misses.h"

namespace layer::features::documents {
namespace {

using cache::Found;
using cache::Lookup;

// One call of the cache, its answers put where they belong.
async::Task<> look_at_some(cache::DocumentCache& cache, const FetchRequest& request,
                           std::size_t begin, std::vector<Found>& out) {
  const std::size_t end = std::min(begin + cache::kBatchMax, request.ids.size());
  auto found =
      co_await cache.find(request.ns, {request.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                       request.ids.begin() + static_cast<std::ptrdiff_t>(end)});
  std::ranges::move(found, out.begin() + static_cast<std::ptrdiff_t>(begin));
}

std::uint64_t bytes_of(const std::vector<cache::Bytes>& rows) {
  return std::accumulate(rows.begin(), rows.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const cache::Bytes& row) {
                           return sum + (row == nullptr ? 0 : row->size());
                         });
}

}  // namespace

async::Task<std::vector<Found>> Fetcher::look(const FetchRequest& request) {
  const std::size_t count = request.ids.size();
  if (count <= cache::kBatchMax) {
    co_return co_await cache_->find(request.ns, request.ids);
  }
  std::vector<Found> out(count);
  const std::size_t calls = (count + cache::kBatchMax - 1) / cache::kBatchMax;
  co_await async::fan_out(calls, kChunksInFlightMax, [&](std::size_t i) {
    return look_at_some(*cache_, request, i * cache::kBatchMax, out);
  });
  co_return out;
}

async::Task<Result<Fetched>> Fetcher::fetch(FetchRequest request) {
  Fetched out;
  out.rows.resize(request.ids.size());
  std::vector<Miss> open;
  if (cache_ == nullptr || request.skip_cache) {
    out.bypassed = request.ids.size();
    open.resize(request.ids.size());
    for (std::size_t i = 0; i < open.size(); ++i) {
      open[i].at = i;
    }
  } else {
    const auto begun = async::SteadyClock::now();
    auto found = co_await look(request);
    out.cache_time = async::SteadyClock::now() - begun;
    for (std::size_t i = 0; i < found.size(); ++i) {
      switch (found[i].lookup) {
        case Lookup::kHit:
          out.rows[i] = std::move(found[i].row);
          ++out.hits;
          break;
        case Lookup::kAbsent:
          ++out.hits;
          break;
        case Lookup::kMiss:
          open.push_back({.at = i, .ticket = found[i].ticket});
          ++out.misses;
          break;
        case Lookup::kBypass:
          open.push_back({.at = i});
          ++out.bypassed;
          break;
      }
    }
  }
  if (!open.empty()) {
    const auto begun = async::SteadyClock::now();
    MissReader reader({.cache = cache_, .pool = pool_, .flights = flights_}, request, out);
    auto read = co_await reader.run(std::move(open));
    out.origin_time = async::SteadyClock::now() - begun;
    LAYER_CO_TRY(std::move(read));
  }
  if (out.rows.size() > 1 && bytes_of(out.rows) > kFetchBytesMax) {
    co_return fail(ErrorCode::kPayloadTooLarge, "the rows take more than 512 MiB; ask for fewer");
  }
  co_return out;
}

}  // namespace layer::features::documents
