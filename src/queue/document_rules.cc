#include "queue/document_rules.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::queue {
namespace {

bool may_act(const DocumentState& document, std::uint64_t epoch, const DocumentClaim& claim,
             std::int64_t now_ms) {
  if (claim.held_only || epoch != 0 || !claim.worker.empty()) {
    return holds(document.lease, epoch, claim.worker, now_ms);
  }
  return !document.lease.leased || claim.operates;
}

}  // namespace

Outcome judge(const std::optional<DocumentState>& document, std::uint64_t epoch,
              const DocumentClaim& claim, std::int64_t now_ms, bool queue_works) {
  if (!document) {
    return Refusal{.reason = Rejection::kNotFound,
                   .disposition = queue_works ? Disposition::kDiscard : Disposition::kStop};
  }
  if (!claim.from_stage.empty() && document->stage != claim.from_stage) {
    Refusal refusal = refuse(document->lease, epoch, claim.worker, queue_works);
    // Who lost the document learns that rather than where it went.
    if (epoch == 0 || refusal.reason == Rejection::kOwnershipLost) {
      refusal.reason = Rejection::kStageMismatch;
    }
    return refusal;
  }
  if (may_act(*document, epoch, claim, now_ms)) {
    return std::nullopt;
  }
  return refuse(document->lease, epoch, claim.worker, queue_works);
}

Result<void> check_stage(std::string_view stage) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (stage.empty() || stage.size() > kStageBytesMax || !std::ranges::all_of(stage, allowed)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a stage has 1 to {} characters of a-z, 0-9, _ and -", kStageBytesMax));
  }
  return {};
}

Result<void> check_document(std::string_view id, std::string_view stage) {
  if (id.empty() || id.size() > kDocumentIdBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the id of a document has 1 to {} bytes", kDocumentIdBytesMax));
  }
  return check_stage(stage);
}

Error no_such_pipeline(std::string_view id) {
  return {.code = ErrorCode::kNotFound, .message = fmt::format("there is no pipeline '{}'", id)};
}

Error too_many_pipelines() {
  return {
      .code = ErrorCode::kRateLimited,
      .message = fmt::format("there are {} pipelines already; delete one first", kPipelinesMax)};
}

std::uint64_t DocumentCounts::in(std::string_view stage) const {
  const auto found = std::ranges::find(stages, stage, &StageCount::stage);
  return found == stages.end() ? 0 : found->count;
}

std::uint64_t DocumentCounts::leased() const {
  std::uint64_t sum = 0;
  for (const StageCount& each : stages) {
    sum += each.leased;
  }
  return sum;
}

std::uint64_t DocumentCounts::depth() const {
  std::uint64_t sum = 0;
  for (const StageCount& each : stages) {
    sum += each.stage == kStagePending ? each.count : each.leased;
  }
  return sum;
}

}  // namespace layer::queue
