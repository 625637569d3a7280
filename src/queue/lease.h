// Who holds an item of a work queue, and what somebody is told who acts on one that is not theirs
// any more (rules UF9 and PL5 of the contract).
//
// An epoch is a number of the database that grows with every claim; no two claims share one, also
// when an item went and came back in between. Thread safety: plain values and pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::queue {

inline constexpr std::size_t kWorkBatchMax = 10'000;  // items of one call
inline constexpr std::size_t kWorkListMax = 1000;     // items of one page of a list
inline constexpr std::size_t kWorkerBytesMax = 256;   // of a worker's id
inline constexpr std::size_t kWorkMessageBytesMax =
    1024;                                              // of an error that is kept; the rest is cut
inline constexpr std::chrono::minutes kRateBucket{1};  // what is finished is counted by it
inline constexpr std::chrono::hours kRatesKeptFor{1};

enum class Rejection : std::uint8_t {
  kStaleClaim,     // claimed again since
  kClaimNotOwned,  // no lease was named, and the worker holds none that is live
  kOwnershipLost,  // the lease ended before this arrived
  kInputsChanged,
  kSourceAbsent,
  kVersionChanged,
  kNotFound,
  kStageMismatch,
};
std::string_view name(Rejection rejection);

enum class Disposition : std::uint8_t {
  kReclaim,  // it will be handed out again
  kDiscard,  // nobody waits for this result
  kStop,     // the whole queue is paused or gone
};
std::string_view name(Disposition disposition);

struct Refusal {
  Rejection reason = Rejection::kOwnershipLost;
  Disposition disposition = Disposition::kDiscard;

  bool operator==(const Refusal&) const = default;
};

// Of one item of a call: nothing, or why nothing was done.
using Outcome = std::optional<Refusal>;
using Outcomes = std::vector<Outcome>;  // in the order of the items that were named

// An item as it is while somebody asks for it.
struct LeaseState {
  bool leased = false;
  bool claimable = false;  // if not leased: it waits to be handed out
  std::uint64_t epoch = 0;
  std::string_view worker{};
  std::int64_t until_ms = 0;
};

// `epoch` 0: none was named; then the worker must own a live lease. A lease that was named holds
// until the item is handed out, or taken back, even if its time is over.
bool holds(const LeaseState& item, std::uint64_t epoch, std::string_view worker,
           std::int64_t now_ms);
// Of somebody who does not hold it.
Refusal refuse(const std::optional<LeaseState>& item, std::uint64_t epoch, std::string_view worker,
               bool queue_works);

// Of a call of which nothing was done: kConflict with the first "reason" and "disposition".
// nullopt: something was, or nothing was asked. `what` the items are, as people call them.
std::optional<Error> all_refused(const Outcomes& outcomes, std::string_view what);

// What was finished in a minute.
struct RateBucket {
  std::int64_t minute_ms = 0;  // its begin
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;

  bool operator==(const RateBucket&) const = default;
};

// What a sweep over leases that are over did.
struct Reaped {
  std::size_t returned = 0;
  std::size_t failed = 0;

  bool operator==(const Reaped&) const = default;
};

// Errors: kInvalidArgument, naming the limit.
Result<void> check_batch(std::size_t items);
Result<void> check_worker(std::string_view worker);
// Not more than kWorkMessageBytesMax of it, whole characters.
std::string shortened(std::string message);

}  // namespace layer::queue
