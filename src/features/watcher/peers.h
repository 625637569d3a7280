// What gateways that share a queue database tell each other about indexes (rules Y4 and Y5 of the
// contract): how far the writes of each are, so that a watermark passes none of them; who polls a
// namespace, so that one does; and what was found, so that the others know.
//
// While the database does not answer nothing is polled, so watermarks stand still: stable reads
// stay right and grow old. A gateway that has not been heard of for queue::kGatewayLiveFor counts
// as gone, and its writes are no longer waited for.
// Thread safety: one loop; what Parts refers to outlives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/log.h"
#include "core/loop_mark.h"
#include "features/watcher/watch_table.h"
#include "queue/coordination.h"

namespace layer::features::watcher {

// Who polls a namespace goes on doing so; another takes over when it has not for this long.
inline constexpr std::chrono::seconds kPollLease{10};
// How often gateways exchange what they know.
inline constexpr std::chrono::milliseconds kExchangeInterval{1'000};

class Peers {
 public:
  // Who this gateway is to the others.
  struct Self {
    std::string gateway;
    std::string address{};
    std::string version{};
  };
  struct Parts {
    queue::Coordination& shared;
    WatchTable& table;
    const core::Clock& clock;
    core::Logger& log;
    Self self;
    core::LoopMark turned{};  // of the loop, for metrics
  };
  explicit Peers(Parts parts) : parts_(std::move(parts)) {}

  // Tells how far this gateway's writes are and takes over what others found. True: a namespace is
  // due earlier than WatchTable::next_due() said.
  async::Task<bool> exchange();

  struct Turn {
    bool mine = false;
    std::int64_t low_water_ms = 0;  // no write of any gateway has a stamp up to here
  };
  // Called before a poll. nullopt: the database does not answer.
  async::Task<std::optional<Turn>> take_turn(std::string ns);
  // What this gateway's poll found, or that it wrote and waits for somebody else's poll.
  async::Task<> publish(std::string ns);
  async::Task<> forget(std::string ns);
  // Nobody waits for this gateway any more.
  async::Task<> leave();

 private:
  async::Task<Result<bool>> round();
  void note(const Result<bool>& outcome);

  Parts parts_;
  bool failing_ = false;
};

}  // namespace layer::features::watcher
