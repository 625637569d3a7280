#include "operator/process/function_source.h"

#include <algorithm>
#include <utility>

namespace layer::workers {

async::Task<Result<std::uint64_t>> FunctionSource::depth(std::string queue) {
  LAYER_CO_ASSIGN(const queue::FunctionCounts counts, co_await queue_.counts(std::move(queue)));
  co_return counts.depth();
}

async::Task<Result<std::vector<queue::Item>>> FunctionSource::leased(std::string queue) {
  std::vector<queue::Item> found;
  for (;;) {
    const std::optional<queue::ItemKey> after =
        found.empty() ? std::nullopt : std::optional(found.back().key);
    LAYER_CO_ASSIGN(auto page, co_await queue_.items(queue, {.state = queue::ItemState::kLeased},
                                                     after, queue::kWorkListMax));
    const bool last = page.size() < queue::kWorkListMax;
    std::ranges::move(page, std::back_inserter(found));
    if (last) {
      co_return found;
    }
  }
}

async::Task<Result<std::set<std::string, std::less<>>>> FunctionSource::holders(std::string queue) {
  LAYER_CO_ASSIGN(auto items, co_await leased(std::move(queue)));
  std::set<std::string, std::less<>> workers;
  for (queue::Item& item : items) {
    workers.insert(std::move(item.worker));
  }
  co_return workers;
}

async::Task<Result<std::size_t>> FunctionSource::release(std::string queue, std::string worker) {
  LAYER_CO_ASSIGN(auto items, co_await leased(queue));
  std::vector<queue::ItemLease> leases;
  for (queue::Item& item : items) {
    if (item.worker == worker) {
      leases.push_back({.key = std::move(item.key), .epoch = item.epoch});
    }
  }
  for (std::size_t at = 0; at < leases.size(); at += queue::kWorkBatchMax) {
    const auto begin = leases.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(queue::kWorkBatchMax, leases.size() - at);
    std::vector<queue::ItemLease> some(begin, begin + static_cast<std::ptrdiff_t>(count));
    LAYER_CO_TRY(co_await queue_.extend(queue, worker, std::move(some), {}));
  }
  while (!leases.empty()) {
    LAYER_CO_ASSIGN(const queue::Reaped reaped, co_await queue_.reap(queue::kWorkListMax));
    if (reaped.returned + reaped.failed < queue::kWorkListMax) {
      break;
    }
  }
  co_return leases.size();
}

}  // namespace layer::workers
