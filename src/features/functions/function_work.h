// What workers of functions do: claim items with the inputs of their rows, and answer for them
// (rules UF4 to UF10 of the contract). A row is written first and its item closed second, so that a
// crash in between costs a computation and never a result.
//
// Thread safety: any loop, concurrently. What Parts refers to outlives it. Errors of every
// operation: those of FunctionQueue, of Resolve, of Write and of the store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "features/functions/function_registry.h"
#include "features/functions/function_rows.h"

namespace layer::features::functions {

inline constexpr std::size_t kClaimItemsMax = 1000;
inline constexpr std::size_t kWriteItemsMax = 1000;  // rows of one write
inline constexpr int kWriteTriesMax = 3;             // of a row that somebody else writes as well
inline constexpr std::string_view kReleased = "released";  // a failure that is none

// A write by the gateway's own path: it gets its stamp there. Reserved attributes are allowed.
using Write = std::function<async::Task<Result<store::Answer>>(std::string ns, std::string body,
                                                               async::TimePoint deadline)>;

struct WorkItem {
  queue::ItemKey key;
  std::uint64_t lease = 0;
  std::uint32_t attempt = 1;
  std::string input{};  // JSON object: the inputs that the row has
};

struct ClaimedWork {
  std::vector<WorkItem> items{};
  bool paused = false;
  std::chrono::milliseconds retry_after{0};  // throttled; 0: not
  std::size_t skipped = 0;                   // computed from the same inputs already
  std::size_t absent = 0;                    // rows that are gone, or no longer the function's
};

struct Completion {
  queue::ItemLease lease;
  std::string attributes{};  // JSON object, or empty
  std::string vectors{};     // JSON object: new vectors by their attributes, or empty
};

class FunctionWork {
 public:
  struct Parts {
    queue::FunctionQueue& queue;
    Resolve resolve;
    Write write;
    async::CpuPool& pool;
    const core::Clock& clock;
    // Whether the function works on the namespace, as it did when the item came into the queue;
    // items of others leave it, and nobody is shown their rows. Empty: on all.
    std::function<bool(const FunctionSpec& spec, const std::string& ns)> covers{};
  };
  explicit FunctionWork(Parts parts) : parts_(std::move(parts)) {}

  // Where a store cannot be asked, what was claimed waits again as if it had not been.
  async::Task<Result<ClaimedWork>> claim(RegisteredFunction function, std::string worker,
                                         std::size_t limit,
                                         std::optional<std::chrono::milliseconds> lease_for,
                                         async::TimePoint deadline);
  async::Task<Result<queue::Outcomes>> heartbeat(RegisteredFunction function, std::string worker,
                                                 std::vector<queue::ItemLease> items);
  // Further errors: kValidation for attributes that a function may not write.
  async::Task<Result<queue::Outcomes>> complete(RegisteredFunction function, std::string worker,
                                                std::vector<Completion> items,
                                                async::TimePoint deadline);
  // A transient failure with the message kReleased counts no attempt.
  async::Task<Result<queue::Outcomes>> fail(std::string function, std::string worker,
                                            std::vector<queue::ItemFailure> items);

 private:
  async::Task<Result<void>> hand_out(ClaimedWork& work, const RegisteredFunction& function,
                                     const std::string& worker, const std::string& ns,
                                     const std::vector<queue::ClaimedItem>& items,
                                     async::TimePoint deadline);

  Parts parts_;
};

}  // namespace layer::features::functions
