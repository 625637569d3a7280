#include "features/freshness/read_after.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/deadline.h"
#include "features/freshness/visibility.h"

namespace layer::features::freshness {
namespace {

using async::SteadyClock;
using async::TimePoint;

// The engine in this process has one state: whatever level a read asks for, it sees every
// acknowledged write.
bool reads_are_current(const store::VectorStore& store) {
  return store.kind() == "embedded";
}

std::unexpected<Error> unavailable(std::string_view feature, std::string_view reason,
                                   std::string message) {
  Error error{.code = ErrorCode::kFeatureUnavailable,
              .message = std::move(message),
              .fields = {{.name = "feature", .value = std::string(feature)}}};
  if (!reason.empty()) {
    error.fields.push_back({.name = "reason", .value = std::string(reason)});
  }
  return std::unexpected(std::move(error));
}

std::unexpected<Error> too_late(const WriteToken& token, TimePoint begun) {
  const auto waited =
      std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begun).count();
  return std::unexpected(Error{
      .code = ErrorCode::kReadAfterTimeout,
      .message = fmt::format("the write of {} to namespace '{}' is not visible after {} ms; read "
                             "again later, at level strong, or with a larger {}",
                             token.stamp.ms, token.ns, waited, kReadTimeoutHeader),
      .fields = {
          {.name = "waited_ms", .value = std::to_string(waited), .json = true},
          {.name = "token_stamp_ms", .value = std::to_string(token.stamp.ms), .json = true}}});
}

// Of one wait: when it began and what ends it.
struct Wait {
  TimePoint begun;
  TimePoint until;             // the caller's limit for this wait
  TimePoint request_deadline;  // for all of the request
};

// Until the watermark has reached the write (a stable read sees everything up to it).
async::Task<Result<void>> wait_for_watermark(const WriteToken& token, const ReadTarget& target,
                                             const Wait& wait, const ReadAfterPace& pace) {
  const TimePoint last = std::min(wait.until, wait.request_deadline);
  for (std::size_t looks = 0;; ++looks) {
    const Stability stability = target.stability->look(target.ns);
    if (stability.stable_as_of_ms && *stability.stable_as_of_ms >= token.stamp.ms) {
      co_return Result<void>{};
    }
    target.stability->await_stamp(target.ns, token.stamp.ms);
    if (SteadyClock::now() >= last) {
      co_return wait.request_deadline <= wait.until
          ? fail(ErrorCode::kGatewayTimeout,
                 "the request's deadline passed while it waited for its writes")
          : too_late(token, wait.begun);
    }
    const auto pause = pace.pauses[std::min(looks, pace.pauses.size() - 1)];
    if (!co_await async::sleep_until(std::min(SteadyClock::now() + pause, last))) {
      co_return fail(ErrorCode::kCancelled, "cancelled while waiting for a write to be visible");
    }
  }
}

async::Task<Result<void>> wait_for(const WriteToken& token, const ReadTarget& target,
                                   const Wait& wait, const ReadAfterPace& pace) {
  VisibilityProbe probe(token, target);
  const TimePoint last = std::min(wait.until, wait.request_deadline);
  for (std::size_t looks = 0;; ++looks) {
    const auto seen = co_await probe.look(last);
    const bool over = SteadyClock::now() >= last;
    if (!seen && !(over && seen.error().code == ErrorCode::kGatewayTimeout)) {
      co_return std::unexpected(seen.error());
    }
    if (seen &&
        (*seen == VisibilityProbe::Seen::kYes || *seen == VisibilityProbe::Seen::kRefused)) {
      co_return Result<void>{};
    }
    if (seen && *seen == VisibilityProbe::Seen::kNever) {
      co_return unavailable("read_after", "stamp_off",
                            "writes to this namespace carry no stamps and its store does not say "
                            "which writes its reads include; read at level strong");
    }
    if (over && wait.request_deadline <= wait.until) {
      co_return fail(ErrorCode::kGatewayTimeout,
                     "the request's deadline passed while it waited for its writes");
    }
    if (over) {
      co_return too_late(token, wait.begun);
    }
    const auto pause = pace.pauses[std::min(looks, pace.pauses.size() - 1)];
    if (!co_await async::sleep_until(std::min(SteadyClock::now() + pause, last))) {
      co_return fail(ErrorCode::kCancelled, "cancelled while waiting for a write to be visible");
    }
  }
}

}  // namespace

async::Task<Result<void>> wait_for_writes(const ReadAfter& after, const ReadTarget& target,
                                          ReadLevel level, TimePoint request_deadline,
                                          ReadAfterPace pace) {
  const TimePoint begun = SteadyClock::now();
  const Wait wait{
      .begun = begun, .until = begun + after.timeout, .request_deadline = request_deadline};
  for (const WriteToken& token : after.tokens) {
    const bool concerns_this_read =
        token.ns == target.ns && token.incarnation >= target.incarnation;
    if (!concerns_this_read || level == ReadLevel::kStrong) {
      continue;
    }
    if (level == ReadLevel::kStable && target.stability != nullptr) {
      LAYER_CO_TRY(co_await wait_for_watermark(token, target, wait, pace));
      continue;
    }
    if (level == ReadLevel::kStable) {
      co_return unavailable("stable", "",
                            "write tokens with reads at level stable are not served here; read at "
                            "level strong");
    }
    if (!reads_are_current(target.store)) {
      LAYER_CO_TRY(co_await wait_for(token, target, wait, pace));
    }
  }
  co_return Result<void>{};
}

}  // namespace layer::features::freshness
