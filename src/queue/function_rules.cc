#include "queue/function_rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace layer::queue {
namespace {

constexpr std::array<std::string_view, 3> kStates{"pending", "leased", "failed"};
constexpr std::size_t kSpecBytesMax = 256 * 1024;
constexpr std::uint32_t kDoublingsMax = 30;  // beyond it every policy's longest wait is reached

}  // namespace

std::string_view name(ItemState state) {
  return kStates.at(static_cast<std::size_t>(state));
}

std::optional<ItemState> parse_item_state(std::string_view text) {
  const auto found = std::ranges::find(kStates, text);
  if (found == kStates.end()) {
    return std::nullopt;
  }
  return static_cast<ItemState>(found - kStates.begin());
}

std::vector<Ending> endings(std::vector<ItemFailure> items) {
  std::vector<Ending> all;
  all.reserve(items.size());
  for (ItemFailure& item : items) {
    all.push_back({.lease = std::move(item.lease),
                   .verdict = static_cast<Verdict>(item.kind),
                   .message = shortened(std::move(item.message)),
                   .wait_ms = item.retry_after.count(),
                   .jitter_permille = item.jitter_permille});
  }
  return all;
}

std::vector<Ending> endings(std::vector<ItemLease> items) {
  std::vector<Ending> all;
  all.reserve(items.size());
  for (ItemLease& item : items) {
    all.push_back({.lease = std::move(item), .verdict = Verdict::kRelease});
  }
  return all;
}

std::int64_t throttled_for(const std::vector<Ending>& all) {
  std::int64_t longest = 0;
  for (const Ending& each : all) {
    if (each.verdict != Verdict::kThrottled) {
      return 0;
    }
    longest = std::max(longest, each.wait_ms);
  }
  return longest;
}

ItemFate fate(const Ending& ending, std::uint32_t attempts, bool renewed,
              const RetryPolicy& policy) {
  if (ending.verdict == Verdict::kThrottled) {
    return {.attempts = renewed ? 0 : attempts, .wait_ms = ending.wait_ms};
  }
  if (renewed) {
    return {};
  }
  if (ending.verdict == Verdict::kRelease) {
    return {.attempts = attempts};
  }
  if (ending.verdict == Verdict::kPermanent || attempts + 1 >= policy.attempts_max) {
    return {.state = ItemState::kFailed, .attempts = attempts + 1};
  }
  const std::int64_t doubled = policy.initial.count() << std::min(attempts, kDoublingsMax);
  const std::int64_t wait = std::min<std::int64_t>(doubled, policy.longest.count());
  return {.attempts = attempts + 1, .wait_ms = wait * ending.jitter_permille / 1000};
}

Result<void> check_definition(const FunctionDefinition& definition) {
  if (definition.spec.size() > kSpecBytesMax) {
    return core::fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the specification of a function has at most {} bytes", kSpecBytesMax));
  }
  const RetryPolicy& retry = definition.retry;
  constexpr std::chrono::hours kWaitMax{24};
  if (retry.attempts_max == 0 || retry.initial.count() < 0 || retry.initial > kWaitMax ||
      retry.longest < retry.initial || retry.longest > kWaitMax) {
    return core::fail(ErrorCode::kInvalidArgument,
                      "a function is tried at least once, and waits at most a day");
  }
  return {};
}

Result<void> check_notes(const std::vector<ItemNote>& items) {
  for (const ItemNote& each : items) {
    if (each.note.size() > kNoteBytesMax) {
      return core::fail(ErrorCode::kInvalidArgument,
                        fmt::format("a note of an item has at most {} bytes", kNoteBytesMax));
    }
  }
  return check_batch(items.size());
}

Error no_such_function(std::string_view id) {
  return {.code = ErrorCode::kNotFound, .message = fmt::format("there is no function '{}'", id)};
}

Error too_many_functions() {
  return {
      .code = ErrorCode::kRateLimited,
      .message = fmt::format("there are {} functions already; delete one first", kFunctionsMax)};
}

}  // namespace layer::queue
