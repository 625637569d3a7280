// Vectors that were computed a moment ago (rule EM10 of the contract): bounded by bytes, least
// recently used ones go first, none is given out after its time to live.
// Thread safety: all of it. Cost: one short lock; a sweep of what is too old every kSweepEvery.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/clock.h"

namespace layer::features::embed {

// Empty: the model knows nothing of that text.
using VectorPtr = std::shared_ptr<const std::vector<float>>;

class VectorCache {
 public:
  struct Options {
    std::chrono::milliseconds ttl = std::chrono::seconds(60);  // 0: nothing is kept
    std::size_t bytes_max = std::size_t{64} << 20;
  };
  static constexpr std::chrono::seconds kSweepEvery{10};
  // What an entry takes beside its key and its numbers, roughly.
  static constexpr std::size_t kEntryBytes = 160;

  VectorCache(const core::Clock& clock, Options options)
      : clock_(clock), options_(options), swept_at_(clock.steady()) {}
  VectorCache(const VectorCache&) = delete;
  VectorCache& operator=(const VectorCache&) = delete;

  // Null: none that is young enough.
  VectorPtr find(std::string_view key);
  void put(std::string key, VectorPtr vector);

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    std::string key;
    VectorPtr vector;
    core::Clock::TimePoint made_at;

    std::size_t bytes() const { return key.size() + vector->size() * sizeof(float) + kEntryBytes; }
  };
  using Entries = std::list<Entry>;
  bool too_old(const Entry& entry) const { return clock_.steady() - entry.made_at >= options_.ttl; }
  void drop(Entries::iterator entry);
  void sweep();

  const core::Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  Entries entries_;  // most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
  std::atomic<std::size_t> bytes_{0};
  core::Clock::TimePoint swept_at_;
};

}  // namespace layer::features::embed
