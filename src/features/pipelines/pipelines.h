// Pipelines: documents are staged with their chunks, claimed by workers, moved from stage to stage
// (section 3.20 of the contract). The manifest of a document's chunks is stored before its row of
// the queue, so that whoever claims it can read it; a fault in between leaves nothing but an object
// that the next staging passes over.
//
// Errors of every operation: kNotFound (no such pipeline, or document), kServiceUnavailable with
// "reason" "queue_database" or "object_store"; after it nothing is half done. Thread safety: any
// loop, concurrently.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "features/pipelines/chunk_store.h"
#include "features/pipelines/requests.h"
#include "queue/document_queue.h"

namespace layer::features::pipelines {

inline constexpr std::chrono::milliseconds kStatusKeptFor{15'000};
inline constexpr std::chrono::seconds kRateWindow{300};

struct Status {
  queue::Pipeline pipeline;
  queue::DocumentCounts counts;
  double indexed_per_minute = 0;
};

class Pipelines {
 public:
  // All of it outlives the service.
  struct Parts {
    queue::DocumentQueue& queue;
    ChunkStore& chunks;
    const core::Clock& clock;
  };
  explicit Pipelines(Parts parts) : parts_(parts) {}

  // Called on any loop with each document that was staged; set before the first is.
  void on_staged(std::function<void(std::string_view pipeline)> call) { staged_ = std::move(call); }

  // Errors: kConflict: there is one already.
  async::Task<Result<queue::Pipeline>> create(queue::Pipeline pipeline);
  async::Task<Result<queue::Pipeline>> find(std::string id);
  async::Task<Result<std::vector<queue::Pipeline>>> list();
  // With its documents and their chunks; rows of the target stay.
  async::Task<Result<void>> remove(std::string id);
  // At most kStatusKeptFor old, unless `fresh`.
  async::Task<Result<Status>> status(std::string id, bool fresh);

  // Durable when it answers.
  async::Task<Result<void>> stage(std::string pipeline, std::string document,
                                  StagedDocument staged);
  async::Task<Result<std::vector<queue::ClaimedDocument>>> claim(queue::ClaimDocuments claim);
  async::Task<Result<queue::Outcomes>> extend(std::string pipeline, Heartbeat beat);
  async::Task<Result<queue::Outcomes>> move(queue::MoveDocuments move);
  async::Task<Result<queue::Document>> document(std::string pipeline, std::string id);
  async::Task<Result<std::vector<queue::Document>>> documents(std::string pipeline,
                                                              queue::DocumentFilter filter,
                                                              std::string after, std::size_t limit);
  // Of the present revision. What cannot be read counts against the document, which is failed in
  // the end: kServiceUnavailable with "reason" "chunks_unreadable".
  async::Task<Result<std::vector<Chunk>>> chunks(std::string pipeline, std::string document);

 private:
  struct Kept {
    Status status;
    std::int64_t at_ms = 0;
  };

  Parts parts_;
  std::function<void(std::string_view pipeline)> staged_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;  // at most kPipelinesMax
};

}  // namespace layer::features::pipelines
