// What gateways that share a queue database tell each other: who leads what, who is alive and how
// far its writes are, how far each namespace is indexed, and what changed. Times are those of the
// database's clock.
//
// Errors of every operation: those of JobStore. After any of them a change may or may not have
// happened. Thread safety: any loop, concurrently; arguments are taken by value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "core/error.h"

namespace layer::queue {

inline constexpr std::chrono::seconds kGatewayLiveFor{10};  // without a heartbeat
inline constexpr std::chrono::hours kChangesKeptFor{1};
inline constexpr std::size_t kChangesMax = 1000;  // of one call
inline constexpr std::size_t kMarksMax = 10'000;  // namespaces of one heartbeat or call

// The least stamp a gateway may still write with to a namespace, less one.
struct LowWaterMark {
  std::string ns;
  std::int64_t stamp = 0;
};

struct Heartbeat {
  std::string gateway;
  std::string address{};
  std::string version{};
  std::int64_t hlc = 0;  // the mark of all namespaces without one of their own
  std::vector<LowWaterMark> marks{};
};

struct SharedWatermark {
  std::string ns;
  std::string state{};  // "stable", "updating", "unknown"
  std::optional<std::int64_t> watermark{};
  std::int64_t polled_at_ms = 0;

  bool operator==(const SharedWatermark&) const = default;
};

struct Change {
  std::int64_t sequence = 0;  // grows in the order in which changes can be seen
  std::string kind;           // "namespace", ...
  std::string key;

  bool operator==(const Change&) const = default;
};

class Coordination {
 public:
  virtual ~Coordination() = default;

  // Takes the lease, or keeps it: its epoch, which grows when it passes from one to another.
  // nullopt: somebody else has it.
  virtual async::Task<Result<std::optional<std::uint64_t>>> lead(
      std::string name, std::string holder, std::chrono::milliseconds lease_for) = 0;
  // Gives the lease up, if it is this one's.
  virtual async::Task<Result<void>> resign(std::string name, std::string holder) = 0;

  // Replaces what the gateway said before. Further errors: kInvalidArgument (check_marks).
  virtual async::Task<Result<void>> beat(Heartbeat heartbeat) = 0;
  // The gateway ends; nobody waits for it.
  virtual async::Task<Result<void>> leave(std::string gateway) = 0;
  // Of those that beat within kGatewayLiveFor.
  virtual async::Task<Result<std::vector<std::string>>> live_gateways() = 0;
  // The least mark of all live gateways; nullopt: none is live.
  virtual async::Task<Result<std::optional<std::int64_t>>> low_water(std::string ns) = 0;

  // A watermark never goes back: the greater of the two stays. The time of the poll is now.
  virtual async::Task<Result<void>> publish(SharedWatermark watermark) = 0;
  // Those of the namespaces that have one. Further errors: kInvalidArgument (check_marks).
  virtual async::Task<Result<std::vector<SharedWatermark>>> watermarks(
      std::vector<std::string> namespaces) = 0;
  // The namespace was deleted: what is written under its name begins anew.
  virtual async::Task<Result<void>> forget_watermark(std::string ns) = 0;

  virtual async::Task<Result<void>> announce(std::string kind, std::string key) = 0;
  // The first kChangesMax after `sequence`.
  virtual async::Task<Result<std::vector<Change>>> changes(std::int64_t sequence) = 0;
  // Where a reader begins who needs nothing of the past.
  virtual async::Task<Result<std::int64_t>> last_change() = 0;
  // Forgets changes older than kChangesKeptFor.
  virtual async::Task<Result<void>> forget_changes() = 0;
};

// Errors: kInvalidArgument when there are more than kMarksMax.
Result<void> check_marks(std::size_t count);

}  // namespace layer::queue
