// Which namespace a recorded query asked, and what it answered, for what comes after it: clicks and
// events that name it. Of the last kKeptFor, as far as kBytesMax reaches; the oldest go first.
// Thread safety: all calls from any thread. Cost: one lock, one hash look-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.h"
#include "features/history/reader.h"
#include "features/history/recorder.h"

namespace layer::features::history {

class QueryIndex {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{64} << 20;
  static constexpr std::chrono::hours kKeptFor{24};

  // The clock outlives the index.
  explicit QueryIndex(const core::Clock& clock, std::size_t bytes_max = kBytesMax)
      : clock_(clock), bytes_max_(bytes_max) {}

  // Of entries of one request (same id and trace) the first one stays: it ranked best.
  void add(const QueryEntry& entry);
  std::optional<Reader::Recorded> find(std::string_view query_id) const;
  void forget(std::string_view ns);
  std::size_t bytes() const;

 private:
  struct Entry {
    std::string id;
    std::string trace_id;
    Reader::Recorded recorded;
    core::Clock::TimePoint at;
    std::size_t bytes = 0;
  };
  void drop_oldest();

  const core::Clock& clock_;
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Entry>> oldest_first_;
  // Keys are views into the entries, which live in the queue at least as long.
  std::unordered_map<std::string_view, std::shared_ptr<const Entry>> by_id_;
  std::size_t bytes_ = 0;
};

}  // namespace layer::features::history
