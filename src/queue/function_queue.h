// Rows of namespaces that wait for functions: which functions there are, and per function a queue
// of items that workers claim for a while, answer for, or lose. What a function computes and what a
// result is are the business of the functions feature.
//
// An item is pending (due at some time), leased or failed; one that is completed is gone and only
// counted. Times are those of the database's clock. Calls over many items are one transaction and
// answer for each item.
//
// Errors of every operation: those of JobStore, and kInvalidArgument for more than kWorkBatchMax
// items or a worker's id that is too long. Thread safety: any loop, concurrently; arguments are
// taken by value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "core/error.h"
#include "queue/lease.h"

namespace layer::queue {

inline constexpr std::size_t kFunctionsMax = 1000;
inline constexpr std::size_t kNoteBytesMax = 512;
inline constexpr std::chrono::seconds kDueSoon{60};  // counted in the depth of a queue

// After a transient failure: initial * 2^(attempts - 1), at most `longest`, times the jitter.
struct RetryPolicy {
  std::uint32_t attempts_max = 8;
  std::chrono::milliseconds initial = std::chrono::seconds(5);
  std::chrono::milliseconds longest = std::chrono::seconds(300);

  bool operator==(const RetryPolicy&) const = default;
};

struct FunctionDefinition {
  std::string id{};
  std::string spec = "{}";  // JSON, not looked into
  RetryPolicy retry{};
  std::optional<bool> paused{};  // nullopt: as it is; of a new one: no
};

struct Function {
  std::string id{};
  std::string spec{};
  RetryPolicy retry{};
  bool paused = false;
  std::int64_t throttled_until_ms = 0;
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
};

enum class IdKind : std::uint8_t { kUint, kUuid, kString };

struct ItemKey {
  std::string ns{};
  IdKind id_kind = IdKind::kUint;
  std::string id{};  // canonical text

  auto operator<=>(const ItemKey&) const = default;
};

enum class ItemState : std::uint8_t { kPending, kLeased, kFailed };
std::string_view name(ItemState state);
std::optional<ItemState> parse_item_state(std::string_view text);

struct Item {
  ItemKey key{};
  ItemState state = ItemState::kPending;
  std::uint32_t attempts = 0;  // that counted
  std::int64_t due_at_ms = 0;  // pending: when it may be claimed; leased: when the lease is over
  std::uint64_t epoch = 0;     // of the last claim
  std::string worker{};        // that holds it
  std::string error{};         // of the last failure
};

enum class AddMode : std::uint8_t {
  kKeep,   // an item that is there stays as it is
  kRenew,  // its row changed: a failed one waits again with all its attempts, and one that is
           // leased will, when it is answered for
};

struct Added {
  std::size_t added = 0;
  std::size_t renewed = 0;

  bool operator==(const Added&) const = default;
};

struct ClaimItems {
  std::string function{};
  std::string worker{};
  std::size_t limit = 32;
  std::chrono::milliseconds lease_for{};
};

struct ClaimedItem {
  ItemKey key{};
  std::uint64_t epoch = 0;
  std::uint32_t attempts = 0;  // before this one
  std::int64_t until_ms = 0;
  std::int64_t created_at_ms = 0;
};

struct ClaimedItems {
  std::vector<ClaimedItem> items{};  // the longest due; in the order in which they were added
  bool paused = false;
  std::chrono::milliseconds throttled_for{0};
};

struct ItemLease {
  ItemKey key{};
  std::uint64_t epoch = 0;  // 0: the worker's own, while it is live
};

// What whoever claimed it wants to know of it when the answer comes, wherever that is.
struct ItemNote {
  ItemLease lease{};
  std::string note{};  // at most kNoteBytesMax
};
struct HeldItem {
  Outcome refused{};
  std::string note{};  // of the claim; empty: none was made

  bool operator==(const HeldItem&) const = default;
};

enum class FailureKind : std::uint8_t {
  kTransient,  // counts an attempt, waits as the policy says; failed after the last
  kPermanent,  // failed
  kThrottled,  // counts nothing, waits `retry_after`
};

struct ItemFailure {
  ItemLease lease{};
  FailureKind kind = FailureKind::kTransient;
  std::string message{};
  std::chrono::milliseconds retry_after{0};  // of a throttled one
  std::uint32_t jitter_permille = 1000;      // of the wait after a transient one: 800 to 1200
};

struct ItemFilter {
  std::optional<ItemState> state{};
  std::string ns{};  // empty: all
};

struct FunctionCounts {
  std::uint64_t pending = 0;
  std::uint64_t leased = 0;
  std::uint64_t failed = 0;
  std::uint64_t due_soon = 0;                   // of the pending: due within kDueSoon
  std::optional<std::int64_t> oldest_due_ms{};  // of the pending

  // What a scaler looks at (UF14): the last worker is not removed while it holds a lease.
  std::uint64_t depth() const { return due_soon + leased; }
  bool operator==(const FunctionCounts&) const = default;
};

// How far the search for rows to compute has come in one namespace.
struct Sweep {
  std::string ns{};
  std::string cursor{};  // where it goes on; empty: at the beginning
  std::uint64_t completed = 0;
  std::uint32_t failures = 0;  // in a row
  std::optional<std::int64_t> started_at_ms{};
  std::optional<std::int64_t> completed_at_ms{};
  std::string error{};  // of the last that failed

  bool operator==(const Sweep&) const = default;
};

class FunctionQueue {
 public:
  virtual ~FunctionQueue() = default;

  // nullopt: there is one of that id. kRateLimited: there are kFunctionsMax.
  virtual async::Task<Result<std::optional<Function>>> create(FunctionDefinition definition) = 0;
  // Makes it or changes it.
  virtual async::Task<Result<Function>> put(FunctionDefinition definition) = 0;
  virtual async::Task<Result<std::optional<Function>>> find(std::string id) = 0;
  // By id.
  virtual async::Task<Result<std::vector<Function>>> functions() = 0;
  // With its queue. False: there is none.
  virtual async::Task<Result<bool>> remove(std::string id) = 0;
  // While it is paused nothing is claimed; what is leased may be answered for. nullopt: there is
  // none of that id.
  virtual async::Task<Result<std::optional<Function>>> pause(std::string id, bool paused) = 0;

  // Errors: kNotFound: no such function.
  virtual async::Task<Result<Added>> add(std::string function, std::vector<ItemKey> keys,
                                         AddMode mode) = 0;
  // Errors: kNotFound.
  virtual async::Task<Result<ClaimedItems>> claim(ClaimItems claim) = 0;
  virtual async::Task<Result<Outcomes>> extend(std::string function, std::string worker,
                                               std::vector<ItemLease> items,
                                               std::chrono::milliseconds lease_for) = 0;
  // Keeps a note with each until it is claimed again. Errors: kInvalidArgument: it is too long.
  virtual async::Task<Result<Outcomes>> annotate(std::string function, std::string worker,
                                                 std::vector<ItemNote> items) = 0;
  // Whether they are the worker's; changes nothing.
  virtual async::Task<Result<std::vector<HeldItem>>> held(std::string function, std::string worker,
                                                          std::vector<ItemLease> items) = 0;
  virtual async::Task<Result<Outcomes>> complete(std::string function, std::string worker,
                                                 std::vector<ItemLease> items) = 0;
  // As complete(), but nothing was computed, as their rows are gone: it is not counted.
  virtual async::Task<Result<Outcomes>> dismiss(std::string function, std::string worker,
                                                std::vector<ItemLease> items) = 0;
  // Where all of them are throttled, nothing of the function is claimed until the longest wait is
  // over.
  virtual async::Task<Result<Outcomes>> fail(std::string function, std::string worker,
                                             std::vector<ItemFailure> items) = 0;
  // They wait again, at once, and the attempt does not count.
  virtual async::Task<Result<Outcomes>> release(std::string function, std::string worker,
                                                std::vector<ItemLease> items) = 0;

  // Their rows are gone. How many there were.
  virtual async::Task<Result<std::size_t>> drop(std::string function,
                                                std::vector<ItemKey> keys) = 0;
  // Of all functions, with what sweeps know of it.
  virtual async::Task<Result<std::size_t>> drop_namespace(std::string ns) = 0;
  // The failed ones wait again, with all their attempts.
  virtual async::Task<Result<std::size_t>> reset_failed(std::string function) = 0;
  // Leases that are over, at most `limit`: an attempt counts, and the item waits again or, after
  // the last, is failed. Also forgets rates that are older than kRatesKeptFor.
  virtual async::Task<Result<Reaped>> reap(std::size_t limit) = 0;

  // In the order of their keys, those after `after`.
  virtual async::Task<Result<std::vector<Item>>> items(std::string function, ItemFilter filter,
                                                       std::optional<ItemKey> after,
                                                       std::size_t limit) = 0;
  virtual async::Task<Result<FunctionCounts>> counts(std::string function) = 0;
  // Oldest first; minutes in which nothing ended are left out.
  virtual async::Task<Result<std::vector<RateBucket>>> rates(std::string function) = 0;

  virtual async::Task<Result<std::vector<Sweep>>> sweeps(std::string function) = 0;
  // Errors: kNotFound.
  virtual async::Task<Result<void>> save_sweep(std::string function, Sweep sweep) = 0;
};

}  // namespace layer::queue
