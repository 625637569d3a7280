// Function queues in the SQLite file of this process, beside its jobs.
// Thread safety: as FunctionQueue; the writer and the clock outlive it.
#pragma once

#include "core/clock.h"
#include "queue/function_rules.h"
#include "queue/sqlite/writer.h"

namespace layer::queue {

class SqliteFunctionQueue final : public FunctionQueue {
 public:
  SqliteFunctionQueue(Writer& writer, const core::Clock& clock) : writer_(writer), clock_(clock) {}

  async::Task<Result<std::optional<Function>>> create(FunctionDefinition definition) override;
  async::Task<Result<Function>> put(FunctionDefinition definition) override;
  async::Task<Result<std::optional<Function>>> find(std::string id) override;
  async::Task<Result<std::vector<Function>>> functions() override;
  async::Task<Result<bool>> remove(std::string id) override;
  async::Task<Result<std::optional<Function>>> pause(std::string id, bool paused) override;
  async::Task<Result<Added>> add(std::string function, std::vector<ItemKey> keys,
                                 AddMode mode) override;
  async::Task<Result<ClaimedItems>> claim(ClaimItems claim) override;
  async::Task<Result<Outcomes>> extend(std::string function, std::string worker,
                                       std::vector<ItemLease> items,
                                       std::chrono::milliseconds lease_for) override;
  async::Task<Result<Outcomes>> annotate(std::string function, std::string worker,
                                         std::vector<ItemNote> items) override;
  async::Task<Result<std::vector<HeldItem>>> held(std::string function, std::string worker,
                                                  std::vector<ItemLease> items) override;
  async::Task<Result<Outcomes>> complete(std::string function, std::string worker,
                                         std::vector<ItemLease> items) override;
  async::Task<Result<Outcomes>> dismiss(std::string function, std::string worker,
                                        std::vector<ItemLease> items) override;
  async::Task<Result<Outcomes>> fail(std::string function, std::string worker,
                                     std::vector<ItemFailure> items) override;
  async::Task<Result<Outcomes>> release(std::string function, std::string worker,
                                        std::vector<ItemLease> items) override;
  async::Task<Result<std::size_t>> drop(std::string function, std::vector<ItemKey> keys) override;
  async::Task<Result<std::size_t>> drop_namespace(std::string ns) override;
  async::Task<Result<std::size_t>> reset_failed(std::string function) override;
  async::Task<Result<Reaped>> reap(std::size_t limit) override;
  async::Task<Result<std::vector<Item>>> items(std::string function, ItemFilter filter,
                                               std::optional<ItemKey> after,
                                               std::size_t limit) override;
  async::Task<Result<FunctionCounts>> counts(std::string function) override;
  async::Task<Result<std::vector<RateBucket>>> rates(std::string function) override;
  async::Task<Result<std::vector<Sweep>>> sweeps(std::string function) override;
  async::Task<Result<void>> save_sweep(std::string function, Sweep sweep) override;

 private:
  async::Task<Result<Outcomes>> finish(std::string function, std::string worker,
                                       std::vector<ItemLease> items, bool counted);
  async::Task<Result<Outcomes>> end(std::string function, std::string worker,
                                    std::vector<Ending> all);

  Writer& writer_;
  const core::Clock& clock_;
};

}  // namespace layer::queue
