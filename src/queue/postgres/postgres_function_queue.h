// Function queues in PostgreSQL, shared by gateways. Batches are one statement over arrays; a claim
// passes over items that another is looking at (SKIP LOCKED). Claims and answers of workers have
// the data pool, heartbeats and the reaper the small one. Thread safety: as FunctionQueue.
#pragma once

#include "core/clock.h"
#include "queue/function_rules.h"
#include "queue/postgres/database.h"
#include "queue/postgres/named_items.h"

namespace layer::queue {

class PostgresFunctionQueue final : public FunctionQueue {
 public:
  // The database outlives it. `clock`: instead of the database's, for tests.
  explicit PostgresFunctionQueue(postgres::Database& database, const core::Clock* clock = nullptr)
      : database_(database), clock_(clock) {}

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
  postgres::Value now() const;
  async::Task<Result<postgres::Answer>> ask(postgres::PoolKind pool, std::string_view sql,
                                            std::vector<postgres::Value> values);
  async::Task<Result<std::optional<Function>>> ask_one(std::string_view sql,
                                                       std::vector<postgres::Value> values);
  async::Task<Result<Outcomes>> end(std::string function, std::string worker,
                                    std::vector<Ending> all);

  postgres::Database& database_;
  const core::Clock* clock_;
};

}  // namespace layer::queue
