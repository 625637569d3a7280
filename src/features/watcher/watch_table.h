// The namespaces that are watched, and when each is due to be polled (rules Y1 to Y3 of the
// contract): soon while its index is behind or somebody waits, seldom once it is stable, ever more
// seldom while polls fail, never when nobody has used it for a while. Thread safety: all calls from
// any thread. Cost: one short lock; take_due() looks at every entry.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "features/freshness/hybrid_clock.h"
#include "features/watcher/namespace_watch.h"

namespace layer::features::watcher {

struct WatchOptions {
  std::size_t namespaces_max = 10'000;  // the one used longest ago goes first
  std::chrono::milliseconds poll_interval{1'000};
  std::chrono::milliseconds stable_poll_interval{60'000};
  std::int64_t safety_margin_ms = 500;
};
// Nobody has used the namespace for that long: it is no longer polled.
inline constexpr std::chrono::minutes kUsedFor{15};
// The longest pause between two polls that fail.
inline constexpr std::chrono::milliseconds kFailingIntervalMax{60'000};

class WatchTable {
 public:
  using TimePoint = core::Clock::TimePoint;
  // Both outlive the table.
  WatchTable(WatchOptions options, const core::Clock& clock, freshness::HybridClock& hlc);

  // Somebody uses the namespace. True, here and below: it is due before the time that next_due()
  // said last, so whoever waits for that must be woken.
  bool use(std::string_view ns);
  bool await_stamp(std::string_view ns, std::int64_t stamp_ms);
  freshness::Stability stability(std::string_view ns) const;
  std::uint64_t begin_write(std::string_view ns);
  bool end_write(std::string_view ns, std::uint64_t ticket, bool applied);
  void forget(std::string_view ns);
  // These are watched whether they are used or not.
  void keep(std::vector<std::string> names);

  struct Due {
    std::string ns;
    NamespaceWatch::Poll poll;
  };
  // Begins at most `limit` polls that are due.
  std::vector<Due> take_due(std::size_t limit);
  // When the next poll is due; nullopt: never.
  std::optional<TimePoint> next_due();
  // The end of a poll that was begun. nullopt: it failed, which changes nothing but the pace.
  void end_poll(const Due& due, std::optional<IndexState> evidence);
  // Whether somebody else wrote, told by the store's time of the last write; before end_poll().
  bool saw_foreign_write(const Due& due, std::int64_t store_written_ms);
  // It was not made: another gateway polls this namespace. True: somebody waits for more than is
  // known.
  bool skip_poll(const Due& due);

  // How far the writes of this gateway are: no write that is still to be acknowledged has a stamp
  // up to the mark of its namespace.
  struct Marks {
    std::int64_t others_ms = 0;  // of namespaces without a write under way
    std::vector<std::pair<std::string, std::int64_t>> writing;
  };
  Marks marks() const;
  // What another gateway found, so long ago.
  struct Found {
    IndexState state = IndexState::kUnknown;
    std::optional<std::int64_t> watermark_ms{};
    std::chrono::milliseconds age{};
  };
  bool adopt(std::string_view ns, const Found& found);
  // What is known here.
  std::pair<IndexState, std::optional<std::int64_t>> found(std::string_view ns) const;
  std::vector<std::string> watched() const;
  // How old the watermark is; nullopt: the namespace is not polled, or has none.
  std::optional<double> lag_seconds(std::string_view ns) const;
  std::size_t size() const;  // of those that are polled

 private:
  struct Entry {
    NamespaceWatch watch{};
    TimePoint used;
    TimePoint due;
    TimePoint polled{};                    // when the last poll began
    std::chrono::milliseconds interval{};  // to the next poll
    bool polling = false;
    bool active = true;  // is polled
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  Entry& entry(std::string_view ns);
  void evict();
  void make_due(Entry& entry);
  bool is_early(const Entry& entry) const;
  std::chrono::milliseconds jittered(std::chrono::milliseconds interval);

  const WatchOptions options_;
  const core::Clock& clock_;
  freshness::HybridClock& hlc_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  std::unordered_set<std::string> kept_;
  TimePoint next_look_ = TimePoint::max();
  std::minstd_rand random_;
};

}  // namespace layer::features::watcher
