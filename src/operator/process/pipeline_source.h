// Documents of pipelines as what workers work on. Thread safety and errors: as WorkSource.
#pragma once

#include <vector>

#include "operator/process/work_source.h"
#include "queue/document_queue.h"

namespace layer::workers {

class PipelineSource final : public WorkSource {
 public:
  // It outlives this.
  explicit PipelineSource(queue::DocumentQueue& queue) : queue_(queue) {}

  async::Task<Result<std::uint64_t>> depth(std::string queue) override;
  async::Task<Result<std::set<std::string, std::less<>>>> holders(std::string queue) override;
  async::Task<Result<std::size_t>> release(std::string queue, std::string worker) override;

 private:
  // Of the stages in which something is leased.
  async::Task<Result<std::vector<queue::Document>>> leased(std::string queue);

  queue::DocumentQueue& queue_;
};

}  // namespace layer::workers
