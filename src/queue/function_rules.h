// What every kind of function queue decides in the same way. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "queue/function_queue.h"

namespace layer::queue {

inline constexpr std::string_view kLeaseExpired = "lease_expired";

// What becomes of an item that was not completed. The numbers go into statements.
enum class Verdict : std::uint8_t { kTransient = 0, kPermanent = 1, kThrottled = 2, kRelease = 3 };

struct Ending {
  ItemLease lease;
  Verdict verdict = Verdict::kTransient;
  std::string message{};
  std::int64_t wait_ms = 0;
  std::uint32_t jitter_permille = 1000;
};

std::vector<Ending> endings(std::vector<ItemFailure> items);
std::vector<Ending> endings(std::vector<ItemLease> items);
// How long the whole function waits after this report; 0: not at all.
std::int64_t throttled_for(const std::vector<Ending>& all);

// An item after its ending. `renewed`: its row changed while it was leased, so what was said of it
// is about something that is no more.
struct ItemFate {
  ItemState state = ItemState::kPending;
  std::uint32_t attempts = 0;
  std::int64_t wait_ms = 0;
};
ItemFate fate(const Ending& ending, std::uint32_t attempts, bool renewed,
              const RetryPolicy& policy);

// Errors: kInvalidArgument.
Result<void> check_definition(const FunctionDefinition& definition);
Result<void> check_notes(const std::vector<ItemNote>& items);
Error no_such_function(std::string_view id);
Error too_many_functions();

}  // namespace layer::queue
