#include "operator/process/pipeline_source.h"

#include <algorithm>
#include <map>
#include <utility>

namespace layer::workers {

async::Task<Result<std::uint64_t>> PipelineSource::depth(std::string queue) {
  LAYER_CO_ASSIGN(const queue::DocumentCounts counts, co_await queue_.counts(std::move(queue)));
  co_return counts.depth();
}

async::Task<Result<std::vector<queue::Document>>> PipelineSource::leased(std::string queue) {
  LAYER_CO_ASSIGN(const queue::DocumentCounts counts, co_await queue_.counts(queue));
  std::vector<queue::Document> found;
  for (const queue::StageCount& stage : counts.stages) {
    std::string after;
    std::uint64_t left = stage.leased;
    while (left > 0) {
      LAYER_CO_ASSIGN(auto page, co_await queue_.documents(queue, {.stage = stage.stage}, after,
                                                           queue::kWorkListMax));
      if (page.empty()) {
        break;
      }
      after = page.back().id;
      for (queue::Document& document : page) {
        if (document.until_ms != 0) {
          left -= left > 0 ? 1 : 0;
          found.push_back(std::move(document));
        }
      }
    }
  }
  co_return found;
}

async::Task<Result<std::set<std::string, std::less<>>>> PipelineSource::holders(std::string queue) {
  LAYER_CO_ASSIGN(auto documents, co_await leased(std::move(queue)));
  std::set<std::string, std::less<>> workers;
  for (queue::Document& document : documents) {
    workers.insert(std::move(document.worker));
  }
  co_return workers;
}

async::Task<Result<std::size_t>> PipelineSource::release(std::string queue, std::string worker) {
  LAYER_CO_ASSIGN(const auto documents, co_await leased(queue));
  std::map<std::string, std::vector<queue::DocumentLease>> by_stage;
  std::size_t released = 0;
  for (const queue::Document& document : documents) {
    if (document.worker == worker) {
      by_stage[document.stage].push_back({.id = document.id, .epoch = document.epoch});
      ++released;
    }
  }
  for (auto& [stage, leases] : by_stage) {
    for (std::size_t at = 0; at < leases.size(); at += queue::kWorkBatchMax) {
      const auto begin = leases.begin() + static_cast<std::ptrdiff_t>(at);
      const auto count = std::min(queue::kWorkBatchMax, leases.size() - at);
      std::vector<queue::DocumentLease> some(begin, begin + static_cast<std::ptrdiff_t>(count));
      LAYER_CO_TRY(co_await queue_.extend(queue, stage, worker, std::move(some), {}));
    }
  }
  while (released > 0) {
    LAYER_CO_ASSIGN(const queue::Reaped reaped, co_await queue_.reap(queue::kWorkListMax));
    if (reaped.returned + reaped.failed < queue::kWorkListMax) {
      break;
    }
  }
  co_return released;
}

}  // namespace layer::workers
