// What every kind of document queue decides in the same way. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "queue/document_queue.h"

namespace layer::queue {

inline constexpr std::string_view kReasonLeaseExpired = "lease_expired";
inline constexpr std::string_view kReasonUnreadable = "chunks_unreadable";

// What a call asks of each document it names.
struct DocumentClaim {
  std::string_view worker{};
  std::string_view from_stage{};  // empty: any
  // Only what the caller holds; otherwise also what nobody holds, if the call names neither a
  // worker nor an epoch.
  bool held_only = false;
  bool operates = false;  // also what others hold
};

struct DocumentState {
  std::string_view stage;
  LeaseState lease;
};

// Nothing: the call may act on it. A lease runs until it is taken back, as in lease.h.
Outcome judge(const std::optional<DocumentState>& document, std::uint64_t epoch,
              const DocumentClaim& claim, std::int64_t now_ms, bool queue_works);

// It waits for a worker there, if nobody holds it.
inline bool waits_in(std::string_view stage) {
  return stage != kStageIndexed && stage != kStageFailed;
}
// A document that comes to `stage` keeps the attempts it has used.
inline bool keeps_attempts(std::string_view stage, std::string_view claimed_from) {
  return stage == kStagePending || stage == kStageFailed || stage == claimed_from;
}

// Errors: kInvalidArgument.
Result<void> check_document(std::string_view id, std::string_view stage);
Result<void> check_stage(std::string_view stage);
Error no_such_pipeline(std::string_view id);
Error too_many_pipelines();

}  // namespace layer::queue
