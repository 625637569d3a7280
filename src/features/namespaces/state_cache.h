// The state of namespaces in memory (rules S1 to S3 of the contract). An entry is read again in the
// background when it is older than 15 s and in use, and counts for nothing after 30 s, unless
// reading fails: then the last known state stays in force. Namespaces without any state are
// remembered as well. Look-ups of one namespace share one read.
// Thread safety: known(), load(), set_id_type(), forget() from any loop; stop() from a thread that
// is not a loop's. Reads run on the loop the cache was given.
// Cost: known() takes one short lock and does not allocate for a namespace it has seen.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/task_group.h"
#include "core/clock.h"
#include "core/log.h"
#include "features/namespaces/state.h"

namespace layer::features::namespaces {

struct StateCacheOptions {
  std::size_t entries_max = 100'000;  // least recently used ones go first
  std::chrono::milliseconds refresh_after = std::chrono::seconds(15);
  std::chrono::milliseconds ttl = std::chrono::seconds(30);
  std::chrono::milliseconds retry_after = std::chrono::seconds(1);  // after a failed read
  std::chrono::milliseconds wait_max = std::chrono::seconds(1);     // how long load() waits
  std::size_t reads_max = 64;                                       // at once
  std::size_t reads_waiting_max = 4096;                             // beyond: as a failed read
};

class StateCache {
 public:
  using Options = StateCacheOptions;
  struct Parts {
    StateSource& source;
    const core::Clock& clock;
    async::Loop& loop;
    core::Logger& log;
  };
  // What the parts refer to outlives the cache.
  explicit StateCache(Parts parts, Options options = {});
  ~StateCache();
  StateCache(const StateCache&) = delete;
  StateCache& operator=(const StateCache&) = delete;

  // What is known now, never null; starts a read where one is due and does not wait for it. For
  // plain requests.
  StatePtr known(std::string_view ns);
  // The same, but waits (at most wait_max) for the first read of an unknown namespace. For
  // requests whose body depends on it.
  async::Task<StatePtr> load(std::string ns);

  void set_id_type(std::string_view ns, wire::IdType type);
  // The namespace was deleted, or its state was changed by this gateway: the next use reads anew.
  void forget(std::string_view ns);

  std::size_t size() const;

  // Starts no further reads, cancels and joins those that run. Idempotent; must precede the end of
  // the loop and of the cache.
  void stop();

 private:
  struct Waiter;
  // One read that several look-ups wait for.
  struct Flight {
    std::uint64_t revision;
    std::string layout_etag;
    std::string tombstone_etag;
    std::vector<std::shared_ptr<Waiter>> waiters{};  // guarded by the shard's mutex
  };
  using FlightPtr = std::shared_ptr<Flight>;
  struct Entry {
    std::string ns;
    StatePtr state;  // null until a read succeeded
    core::Clock::TimePoint read_at{};
    core::Clock::TimePoint retry_at{};
    bool failing = false;
    std::uint64_t revision = 0;  // grows with forget()
    std::optional<Layout> layout{};
    std::string layout_etag{};
    std::optional<Tombstone> tombstone{};
    std::string tombstone_etag{};
    std::optional<wire::IdType> id_type{};
    FlightPtr flight{};
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;  // most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name;
  };
  struct Read {
    StateObject layout;
    StateObject tombstone;
  };
  static constexpr std::size_t kShardCount = 16;

  Shard& shard_of(std::string_view ns);
  // The rest of these with the shard's mutex held.
  Entry& touch(Shard& shard, std::string_view ns);
  StatePtr use(Entry& entry);
  void start_read(Entry& entry);
  static Result<void> apply(Entry& entry, Read read);
  static void compose(Entry& entry);

  // On the loop.
  void admit(std::string ns, FlightPtr flight);
  void launch(std::string ns, FlightPtr flight);
  async::Task<> run(std::string ns, FlightPtr flight);
  async::Task<Result<Read>> read(std::string ns, const Flight& flight);
  async::Task<Result<StateObject>> read_object(std::string key, std::string etag);
  void finish(const std::string& ns, const FlightPtr& flight, Result<Read> read);
  void note_outcome(const Result<void>& outcome);

  Parts parts_;
  const Options options_;
  const StatePtr unknown_ = std::make_shared<const NamespaceState>();
  std::array<Shard, kShardCount> shards_;
  std::atomic<bool> stopping_{false};
  bool stopped_ = false;

  // The loop's own.
  async::TaskGroup reads_;
  std::deque<std::pair<std::string, FlightPtr>> waiting_;
  bool source_failing_ = false;
};

}  // namespace layer::features::namespaces
