// A small world in virtual time for the history checker: several gateways over one shared record
// store, a vector store that knows every version a row ever had, and weather. Everything happens on
// one thread in an order that follows from the seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include "async/task.h"
#include "cache/fenced_cache.h"
#include "cache/memory/memory_store.h"

namespace layer::cache::history {

using std::chrono::milliseconds;

// Time stands still while anything can run, then jumps to the next sleeper.
class VirtualTime {
 public:
  async::Task<> sleep(milliseconds time) {
    auto timer = std::make_shared<async::Timer>(loop.get_executor());
    timer->expires_at(async::TimePoint::max());
    sleepers_.push({.at_ms = now_ms() + time.count(), .order = ++order_, .timer = timer});
    co_await timer->async_wait(async::kToken);
  }
  void spawn(async::Task<> task) {
    ++running_;
    async::asio::co_spawn(loop.get_executor(), std::move(task),
                          [this](std::exception_ptr) { --running_; });
  }
  // Until every task has ended.
  void run();
  std::int64_t now_ms() const { return clock.wall_ms(); }

  async::Loop loop;
  core::ManualClock clock;

 private:
  struct Sleeper {
    std::int64_t at_ms;
    std::uint64_t order;
    std::shared_ptr<async::Timer> timer;
    bool operator<(const Sleeper& other) const {
      return std::tie(other.at_ms, other.order) < std::tie(at_ms, order);
    }
  };
  std::priority_queue<Sleeper> sleepers_;
  std::uint64_t order_ = 0;
  std::size_t running_ = 0;
};

// The time of one machine: off by a little.
class SkewedClock final : public core::Clock {
 public:
  SkewedClock(const core::Clock& clock, std::int64_t off_ms) : clock_(clock), off_ms_(off_ms) {}
  std::int64_t wall_ms() const override { return clock_.wall_ms() + off_ms_; }
  TimePoint steady() const override { return clock_.steady(); }

 private:
  const core::Clock& clock_;
  const std::int64_t off_ms_;
};

struct Weather {
  unsigned op_fails = 0;     // of a thousand operations of the cache
  bool partitions = false;   // gateways lose the cache for seconds
  bool kills = false;        // gateways die
  bool restarts = false;     // the cache comes back empty, or as it was some time ago
  bool store_fails = false;  // writes are refused, or nobody learns what became of them
};

struct Plan {
  std::uint64_t seed = 1;
  RuleSet rules{};
  Weather weather{};
  int gateways = 3;
  int writes = 24;
  int reads = 60;
  milliseconds stray{30'000};
};

class World;

// What one gateway sees of the shared cache.
class View final : public RecordStore {
 public:
  View(World& world, int gateway) : world_(world), gateway_(gateway) {}
  async::Task<Result<std::vector<std::optional<Record>>>> get(std::string set,
                                                              std::vector<std::string> keys,
                                                              BinSet bins) override;
  async::Task<Result<std::vector<PutOutcome>>> put(std::string set, std::vector<Put> puts) override;
  async::Task<Result<void>> remove(std::string set, std::vector<std::string> keys) override;
  async::Task<Result<ScanPage>> scan(std::string set, std::string cursor, std::size_t limit,
                                     BinSet bins) override;
  async::Task<Result<std::uint64_t>> count(std::string set) override;
  async::Task<Result<void>> truncate(std::string set) override;
  async::Task<Result<std::uint64_t>> losses(std::string set) override;
  std::string_view kind() const override { return "simulated"; }
  bool shared() const override { return true; }
  std::uint64_t connection_generation() const override;

 private:
  template <class T>
  async::Task<Result<T>> suffer(std::function<async::Task<Result<T>>(RecordStore&)> work);

  World& world_;
  const int gateway_;
};

struct Gateway {
  std::unique_ptr<SkewedClock> clock;
  std::unique_ptr<View> view;
  std::unique_ptr<FencedCache> cache;
  bool dead = false;
  std::int64_t cut_off_until_ms = 0;
};

// Every state that a row had, in order; nullopt: no row. A state without a write that was
// acknowledged may still be read; one that was never applied is not in here.
struct RowHistory {
  std::vector<std::optional<std::string>> states{std::nullopt};
  std::size_t acknowledged = 0;  // reads that begin now see this state or a later one
};

class World {
 public:
  explicit World(Plan plan);
  // The first read that was wrong, as a sentence; nullopt: all were right.
  std::optional<std::string> run();

  std::uint64_t random(std::uint64_t below) { return below == 0 ? 0 : random_() % below; }
  bool chance(unsigned of_thousand) { return random(1000) < of_thousand; }
  milliseconds some(std::int64_t max_ms) {
    return milliseconds(static_cast<std::int64_t>(random(static_cast<std::uint64_t>(max_ms) + 1)));
  }

  VirtualTime time;
  Plan plan;
  std::vector<Gateway> gateways;
  std::vector<std::unique_ptr<MemoryStore>> records;
  std::size_t serving = 0;
  std::uint64_t restarts = 1;
  bool over = false;
  std::size_t hits = 0;
  std::size_t fills = 0;
  std::size_t checked = 0;

 private:
  static constexpr int kRows = 3;
  struct Change {
    int row;
    std::optional<std::string> state;
  };

  async::Task<> main();
  async::Task<> turns(int gateway);
  async::Task<> writer(int gateway, int writes);
  async::Task<> reader(int gateway, int reads);
  async::Task<> sky();
  async::Task<> write(Gateway& gateway);
  async::Task<> write_rows(Gateway& gateway);
  async::Task<> write_filter(Gateway& gateway);
  async::Task<> read(Gateway& gateway);
  async::Task<> warm(Gateway& gateway);

  enum class Answer : std::uint8_t { kOk, kRefused, kLost };
  // Calls the store: what it answers, and the indexes of the states that were made.
  async::Task<Answer> call(std::vector<Change> changes, std::map<int, std::size_t>& made);
  async::Task<> apply_later(std::vector<Change> changes, milliseconds after);
  std::map<int, std::size_t> apply(const std::vector<Change>& changes);
  async::Task<> settle(Gateway& gateway, std::unique_ptr<WriteFence> fence, Answer answer,
                       std::optional<std::vector<wire::Id>> affected,
                       std::map<int, std::size_t> made);
  void check(int row, const Found& found, std::size_t oldest);
  Gateway* alive();
  std::string fresh_value() { return "\"v" + std::to_string(++values_) + "\""; }

  CachedNamespace ns_{.store = "s", .ns = "n"};
  std::mt19937_64 random_;
  core::Metrics metrics_;
  std::map<int, RowHistory> rows_;
  std::uint64_t values_ = 0;
  std::optional<std::string> wrong_;
  std::size_t working_ = 0;
};

}  // namespace layer::cache::history
