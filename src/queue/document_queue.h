// Documents of pipelines on their way through stages: which pipelines there are, and per pipeline
// the documents, each in one stage, perhaps leased to a worker. What a document says lies in the
// object store; here are ids and state.
//
// Times are those of the database's clock. Calls over many documents are one transaction and answer
// for each document.
//
// Errors of every operation: those of FunctionQueue. Thread safety: any loop, concurrently;
// arguments are taken by value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "core/error.h"
#include "queue/lease.h"

namespace layer::queue {

inline constexpr std::size_t kPipelinesMax = 1000;
inline constexpr std::size_t kDocumentIdBytesMax = 512;
inline constexpr std::size_t kStageBytesMax = 64;
inline constexpr std::uint32_t kDocumentAttemptsMax = 8;  // leases that ran out; unreadable reads
inline constexpr std::chrono::milliseconds kUnreadableWait{1000};

// Built in; others are free.
inline constexpr std::string_view kStagePending = "pending";
inline constexpr std::string_view kStageEmbedding = "embedding";
inline constexpr std::string_view kStageIndexed = "indexed";
inline constexpr std::string_view kStageFailed = "failed";

struct Pipeline {
  std::string id{};
  std::string target_namespace{};
  std::string distance_metric{};
  bool paused = false;
  std::int64_t created_at_ms = 0;
};

struct Document {
  std::string id{};
  std::string stage{};
  std::uint64_t revision = 0;  // of its chunks; grows each time it is staged
  std::uint64_t chunks = 0;
  std::uint32_t attempts = 0;
  std::string reason{};       // of a failed one
  std::string worker{};       // that holds it, or held it last
  std::uint64_t epoch = 0;    // of the last claim
  std::int64_t until_ms = 0;  // 0: not leased
  std::int64_t updated_at_ms = 0;
};

struct StageDocument {
  std::string pipeline{};
  std::string id{};
  std::string stage{kStagePending};
  std::uint64_t revision = 1;  // that its chunks were stored under
  std::uint64_t chunks = 0;
};

struct ClaimDocuments {
  std::string pipeline{};
  std::string stage{kStagePending};
  std::string claim_stage{kStageEmbedding};
  std::string worker{};
  std::size_t limit = 100;
  std::chrono::milliseconds lease_for{};
  std::string prefix{};  // of document ids
};

struct ClaimedDocument {
  std::string id{};
  std::uint64_t epoch = 0;
  std::uint32_t attempts = 0;  // before this one
  std::uint64_t revision = 0;
  std::int64_t waited_since_ms = 0;  // when it came to the stage it was claimed from

  bool operator==(const ClaimedDocument&) const = default;
};

struct DocumentLease {
  std::string id{};
  std::uint64_t epoch = 0;  // 0: the worker's own, while it is live
};

struct MoveDocuments {
  std::string pipeline{};
  std::vector<DocumentLease> documents{};
  std::string stage{};
  std::string from_stage{};  // not empty: those in another are refused
  std::string worker{};
  std::string reason{};         // of those that fail
  bool create_missing = false;  // unknown ones begin in `stage`, without chunks
  // Somebody who may act on what others hold. Without it, a call without worker and epochs moves
  // only what nobody holds.
  bool operates = false;
};

struct DocumentFilter {
  std::string stage{};   // empty: all
  std::string prefix{};  // of ids
};

struct StageCount {
  std::string stage{};
  std::uint64_t count = 0;
  std::uint64_t leased = 0;
  std::int64_t oldest_ms = 0;  // when the one came that is there longest
};

struct FailedReason {
  std::string reason{};
  std::uint64_t count = 0;

  bool operator==(const FailedReason&) const = default;
};

struct DocumentCounts {
  std::vector<StageCount> stages{};    // by name
  std::vector<FailedReason> failed{};  // by reason

  std::uint64_t in(std::string_view stage) const;
  std::uint64_t leased() const;
  // What a scaler looks at (PL8): those in the first stage, and those that somebody works on.
  std::uint64_t depth() const;
};

class DocumentQueue {
 public:
  virtual ~DocumentQueue() = default;

  // nullopt: there is one of that id. kRateLimited: there are kPipelinesMax.
  virtual async::Task<Result<std::optional<Pipeline>>> create(Pipeline pipeline) = 0;
  virtual async::Task<Result<std::optional<Pipeline>>> find(std::string id) = 0;
  // By id.
  virtual async::Task<Result<std::vector<Pipeline>>> pipelines() = 0;
  // With its documents. False: there is none.
  virtual async::Task<Result<bool>> remove(std::string id) = 0;
  // While it is paused nothing is claimed.
  virtual async::Task<Result<std::optional<Pipeline>>> pause(std::string id, bool paused) = 0;

  // Puts the document into a stage: its lease ends, its attempts begin anew. False: it was staged
  // with that revision or a later one already, and nothing changed. Errors: kNotFound: no such
  // pipeline.
  virtual async::Task<Result<bool>> stage(StageDocument document) = 0;
  // Those that came to the stage first, without those somebody holds. Leases that are over end
  // before. Errors: kNotFound.
  virtual async::Task<Result<std::vector<ClaimedDocument>>> claim(ClaimDocuments claim) = 0;
  // Those of them in `stage`.
  virtual async::Task<Result<Outcomes>> extend(std::string pipeline, std::string stage,
                                               std::string worker,
                                               std::vector<DocumentLease> documents,
                                               std::chrono::milliseconds lease_for) = 0;
  // Their leases end. To `pending` and `failed` attempts stay as they are, to others they begin
  // anew; what comes to `indexed` or `failed` is counted as finished. Errors: kNotFound.
  virtual async::Task<Result<Outcomes>> move(MoveDocuments move) = 0;
  // Its chunks cannot be read: it goes back to where it was claimed from and waits, or is failed
  // after kDocumentAttemptsMax times.
  virtual async::Task<Result<Outcome>> unreadable(std::string pipeline, std::string worker,
                                                  DocumentLease document) = 0;
  // Leases that are over, at most `limit`: the document goes back to where it was claimed from and
  // an attempt counts, or it is failed after the last. Also forgets old rates.
  virtual async::Task<Result<Reaped>> reap(std::size_t limit) = 0;

  virtual async::Task<Result<std::optional<Document>>> document(std::string pipeline,
                                                                std::string id) = 0;
  // By id, those after `after`.
  virtual async::Task<Result<std::vector<Document>>> documents(std::string pipeline,
                                                               DocumentFilter filter,
                                                               std::string after,
                                                               std::size_t limit) = 0;
  virtual async::Task<Result<DocumentCounts>> counts(std::string pipeline) = 0;
  // Oldest first; minutes in which nothing ended are left out.
  virtual async::Task<Result<std::vector<RateBucket>>> rates(std::string pipeline) = 0;
};

}  // namespace layer::queue
