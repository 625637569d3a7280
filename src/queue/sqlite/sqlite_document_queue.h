// Document queues in the SQLite file of this process, beside its jobs.
// Thread safety: as DocumentQueue; the writer and the clock outlive it.
#pragma once

#include "core/clock.h"
#include "queue/document_queue.h"
#include "queue/sqlite/writer.h"

namespace layer::queue {

class SqliteDocumentQueue final : public DocumentQueue {
 public:
  SqliteDocumentQueue(Writer& writer, const core::Clock& clock) : writer_(writer), clock_(clock) {}

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
  Writer& writer_;
  const core::Clock& clock_;
};

}  // namespace layer::queue
