// Document queues in PostgreSQL, shared by gateways. Batches are one statement over arrays; a claim
// passes over documents that another is looking at (SKIP LOCKED). Claims and answers of workers
// have the data pool, heartbeats and the reaper the small one. Thread safety: as DocumentQueue.
#pragma once

#include "core/clock.h"
#include "queue/document_queue.h"
#include "queue/postgres/database.h"

namespace layer::queue {

class PostgresDocumentQueue final : public DocumentQueue {
 public:
  // The database outlives it. `clock`: instead of the database's, for tests.
  explicit PostgresDocumentQueue(postgres::Database& database, const core::Clock* clock = nullptr)
      : database_(database), clock_(clock) {}

  async::Task<Result<std::optional<Pipeline>>> create(Pipeline pipeline) override;
  async::Task<Result<std::optional<Pipeline>>> find(std::string id) override;
  async::Task<Result<std::vector<Pipeline>>> pipelines() override;
  async::Task<Result<bool>> remove(std::string id) override;
  async::Task<Result<std::optional<Pipeline>>> pause(std::string id, bool paused) override;
  async::Task<Result<bool>> stage(StageDocument document) override;
  async::Task<Result<std::vector<ClaimedDocument>>> claim(ClaimDocuments claim) override;
  async::Task<Result<Outcomes>> extend(std::string pipeline, std::string stage, std::string worker,
                                       std::vector<DocumentLease> documents,
                                       std::chrono::milliseconds lease_for) override;
  async::Task<Result<Outcomes>> move(MoveDocuments move) override;
  async::Task<Result<Outcome>> unreadable(std::string pipeline, std::string worker,
                                          DocumentLease document) override;
  async::Task<Result<Reaped>> reap(std::size_t limit) override;
  async::Task<Result<std::optional<Document>>> document(std::string pipeline,
                                                        std::string id) override;
  async::Task<Result<std::vector<Document>>> documents(std::string pipeline, DocumentFilter filter,
                                                       std::string after,
                                                       std::size_t limit) override;
  async::Task<Result<DocumentCounts>> counts(std::string pipeline) override;
  async::Task<Result<std::vector<RateBucket>>> rates(std::string pipeline) override;

 private:
  postgres::Value now() const;
  async::Task<Result<postgres::Answer>> ask(postgres::PoolKind pool, std::string_view sql,
                                            std::vector<postgres::Value> values);
  async::Task<Result<std::optional<Pipeline>>> ask_one(std::string_view sql,
                                                       std::vector<postgres::Value> values);

  postgres::Database& database_;
  const core::Clock* clock_;
};

}  // namespace layer::queue
