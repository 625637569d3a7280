// Records that must not be evicted for a while. Aerospike evicts what expires soonest, and leaves
// alone only what does not expire at all; so a held record is put without an expiry, and gets the
// one it was meant to have when the hold is over, if it is still the same record. Should this
// process end before, the record stays until the next put; its lease has run out by then.
// Thread safety: all of it. Memory is bounded: beyond kHoldsMax the oldest holds end early, and
// beyond twice as many, where nobody ends them, the oldest are forgotten.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/task.h"
#include "cache/aerospike/digest.h"

namespace layer::cache::aerospike {

class Holds {
 public:
  static constexpr std::size_t kHoldsMax = 262'144;  // of some 250 bytes

  struct Held {
    std::string set;  // Aerospike's
    Digest digest{};
    std::uint64_t version = 0;
    async::TimePoint until{};
    async::TimePoint expires{};
  };

  // Replaces what was held of the same record.
  void hold(Held held);
  // A put without a hold took its place.
  void forget(const Digest& digest);
  // Takes out up to `count` whose hold is over, or has to be.
  std::vector<Held> due(async::TimePoint now, std::size_t count);
  std::size_t size() const;

 private:
  std::list<Held>::iterator drop(std::list<Held>::iterator at);

  mutable std::mutex mutex_;
  std::list<Held> held_;  // the oldest first
  std::unordered_map<std::string, std::list<Held>::iterator> by_digest_;
};

}  // namespace layer::cache::aerospike
