// Coordination through tables of PostgreSQL. Changes get their sequence behind a lock, so that a
// reader who has seen one has seen all before it. Everything goes over the control pool, so no job
// delays a heartbeat. Thread safety: as Coordination.
#pragma once

#include "core/clock.h"
#include "queue/coordination.h"
#include "queue/postgres/database.h"

namespace layer::queue {

class PostgresCoordination final : public Coordination {
 public:
  // The database outlives it. `clock`: instead of the database's, for tests.
  explicit PostgresCoordination(postgres::Database& database, const core::Clock* clock = nullptr)
      : database_(database), clock_(clock) {}

  async::Task<Result<std::optional<std::uint64_t>>> lead(
      std::string name, std::string holder, std::chrono::milliseconds lease_for) override;
  async::Task<Result<void>> resign(std::string name, std::string holder) override;
  async::Task<Result<void>> beat(Heartbeat heartbeat) override;
  async::Task<Result<void>> leave(std::string gateway) override;
  async::Task<Result<std::vector<std::string>>> live_gateways() override;
  async::Task<Result<std::optional<std::int64_t>>> low_water(std::string ns) override;
  async::Task<Result<void>> publish(SharedWatermark watermark) override;
  async::Task<Result<std::vector<SharedWatermark>>> watermarks(
      std::vector<std::string> namespaces) override;
  async::Task<Result<void>> forget_watermark(std::string ns) override;
  async::Task<Result<void>> announce(std::string kind, std::string key) override;
  async::Task<Result<std::vector<Change>>> changes(std::int64_t sequence) override;
  async::Task<Result<std::int64_t>> last_change() override;
  async::Task<Result<void>> forget_changes() override;

 private:
  postgres::Value now() const;
  // In one transaction; the answer of the last.
  async::Task<Result<postgres::Answer>> ask(std::vector<postgres::Statement> statements);
  async::Task<Result<postgres::Answer>> ask(postgres::Statement statement);
  async::Task<Result<void>> tell(std::vector<postgres::Statement> statements);

  postgres::Database& database_;
  const core::Clock* clock_;
};

}  // namespace layer::queue
