#include "queue/lease.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace layer::queue {
namespace {

constexpr std::array<std::string_view, 8> kRejections{
    "stale_claim",    "claim_not_owned", "ownership_lost_before_ack",
    "inputs_changed", "source_absent",   "version_changed",
    "not_found",      "stage_mismatch"};
constexpr std::array<std::string_view, 3> kDispositions{"reclaim", "discard", "stop"};

bool inside_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string_view name(Rejection rejection) {
  return kRejections.at(static_cast<std::size_t>(rejection));
}

std::string_view name(Disposition disposition) {
  return kDispositions.at(static_cast<std::size_t>(disposition));
}

bool holds(const LeaseState& item, std::uint64_t epoch, std::string_view worker,
           std::int64_t now_ms) {
  if (!item.leased) {
    return false;
  }
  return epoch != 0 ? item.epoch == epoch : item.worker == worker && item.until_ms > now_ms;
}

Refusal refuse(const std::optional<LeaseState>& item, std::uint64_t epoch, std::string_view worker,
               bool queue_works) {
  Refusal refusal;
  if (item && epoch != 0) {
    refusal.reason = item->epoch == epoch ? Rejection::kOwnershipLost : Rejection::kStaleClaim;
  } else if (item) {
    refusal.reason = item->leased && item->worker == worker ? Rejection::kOwnershipLost
                                                            : Rejection::kClaimNotOwned;
  }
  if (!queue_works) {
    refusal.disposition = Disposition::kStop;
  } else if (item && item->claimable) {
    refusal.disposition = Disposition::kReclaim;
  }
  return refusal;
}

std::optional<Error> all_refused(const Outcomes& outcomes, std::string_view what) {
  if (outcomes.empty() || std::ranges::any_of(outcomes, [](const auto& one) { return !one; })) {
    return std::nullopt;
  }
  const Refusal& first = *outcomes.front();
  return Error{
      .code = ErrorCode::kConflict,
      .message = fmt::format("none of the {} is yours to change: {}", what, name(first.reason)),
      .fields = {{.name = "reason", .value = std::string(name(first.reason))},
                 {.name = "disposition", .value = std::string(name(first.disposition))}}};
}

Result<void> check_batch(std::size_t items) {
  if (items > kWorkBatchMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} items in one call; at most {} are taken", items, kWorkBatchMax));
  }
  return {};
}

Result<void> check_worker(std::string_view worker) {
  if (worker.empty() || worker.size() > kWorkerBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a worker's id has 1 to {} bytes", kWorkerBytesMax));
  }
  return {};
}

std::string shortened(std::string message) {
  if (message.size() > kWorkMessageBytesMax) {
    std::size_t end = kWorkMessageBytesMax;
    while (end > 0 && inside_character(message[end])) {
      --end;
    }
    message.resize(end);
  }
  return message;
}

}  // namespace layer::queue
