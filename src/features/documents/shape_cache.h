// Shapes in memory, read from the store's metadata once for a namespace: a fetch makes no call for
// it afterwards. A shape is read anew when the namespace was deleted through a gateway (its
// incarnation is part of the key), when an answer shows that it is old, and after ten minutes.
// Thread safety: all of it, from any loop. Cost of a known one: one hash, one shared lock.
#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "async/flights.h"
#include "core/clock.h"
#include "features/documents/origin.h"
#include "features/documents/shape.h"

namespace layer::features::documents {

class ShapeCache {
 public:
  static constexpr std::size_t kShapesMax = 100'000;
  static constexpr std::chrono::minutes kTrustedFor{10};

  explicit ShapeCache(const core::Clock& clock) : clock_(clock) {}

  struct Known {
    ShapePtr shape{};      // null: the store refused
    RefusalPtr refusal{};  // then
    bool fresh = false;    // read by this call: reading it again would tell nothing new
  };
  // Concurrent first reads of a namespace share one call. Errors: those of VectorStore::send,
  // kUpstream for metadata that cannot be used.
  async::Task<Result<Known>> load(Origin origin, std::uint64_t incarnation,
                                  async::TimePoint deadline);
  // What is known without asking; null: nothing.
  ShapePtr find(const Origin& origin, std::uint64_t incarnation) const;
  void forget(const Origin& origin, std::uint64_t incarnation);

 private:
  using Outcome = Result<Known>;
  struct Entry {
    ShapePtr shape;
    core::Clock::TimePoint read_at;
  };
  async::Task<Outcome> read(const Origin& origin, async::TimePoint deadline);
  void put(const std::string& key, const ShapePtr& shape);
  ShapePtr look(const std::string& key) const;

  const core::Clock& clock_;
  async::Flights<Outcome> flights_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry> shapes_;  // guarded
};

}  // namespace layer::features::documents
