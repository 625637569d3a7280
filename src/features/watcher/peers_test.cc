#include "features/watcher/peers.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>

#include "async/loops.h"
#include "async/run.h"
#include "queue/memory/memory_coordination.h"

namespace layer::features::watcher {
namespace {

using std::chrono::milliseconds;

constexpr const char* kNs = "docs";

// One of several gateways on one clock and one coordination.
struct Gateway {
  Gateway(std::string name, queue::Coordination& shared, const core::Clock& clock,
          core::Logger& log, std::uint64_t id)
      : hlc(clock, id, metrics),
        table({}, clock, hlc),
        peers({.shared = shared,
               .table = table,
               .clock = clock,
               .log = log,
               .self = {.gateway = std::move(name)}}) {}

  core::Metrics metrics;
  freshness::HybridClock hlc;
  WatchTable table;
  Peers peers;
};

class PeersTest : public ::testing::Test {
 protected:
  template <class Call>
  auto run(Call call) {
    return async::run_blocking(loops.at(0), call);
  }
  void exchange(Gateway& gateway) {
    run([&] { return gateway.peers.exchange(); });
  }
  // What the watcher does with what is due. nullopt: nothing was, or it was another's turn.
  std::optional<Peers::Turn> begin(Gateway& gateway, WatchTable::Due& poll) {
    auto due = gateway.table.take_due(64);
    if (due.empty()) {
      return std::nullopt;
    }
    poll = std::move(due.front());
    auto turn = run([&] { return gateway.peers.take_turn(poll.ns); });
    if (!turn) {
      gateway.table.end_poll(poll, std::nullopt);
    } else if (!turn->mine) {
      if (gateway.table.skip_poll(poll)) {
        run([&] { return gateway.peers.publish(poll.ns); });
      }
      turn.reset();
    } else {
      poll.poll.low_water_ms = std::min(poll.poll.low_water_ms, turn->low_water_ms);
    }
    return turn;
  }
  void end(Gateway& gateway, const WatchTable::Due& poll, IndexState evidence) {
    gateway.table.end_poll(poll, evidence);
    run([&] { return gateway.peers.publish(poll.ns); });
  }
  bool poll(Gateway& gateway, IndexState evidence) {
    WatchTable::Due due;
    if (!begin(gateway, due)) {
      return false;
    }
    end(gateway, due, evidence);
    return true;
  }
  std::optional<std::int64_t> mark(Gateway& gateway) {
    return gateway.table.stability(kNs).stable_as_of_ms;
  }

  async::Loops loops{1};
  core::ManualClock clock;
  core::Logger log{{.level = core::LogLevel::kError}};
  queue::MemoryCoordination shared{clock};
  Gateway a{"a", shared, clock, log, 1};
  Gateway b{"b", shared, clock, log, 2};
};

TEST_F(PeersTest, AWatermarkPassesNoWriteOfAnotherGateway) {
  const std::int64_t before = clock.wall_ms();
  const auto write = b.table.begin_write(kNs);
  exchange(a);
  exchange(b);
  clock.advance(milliseconds(5'000));
  a.table.use(kNs);
  exchange(a);
  exchange(b);
  ASSERT_TRUE(poll(a, IndexState::kStable));
  EXPECT_EQ(mark(a), before - 1);
  b.table.end_write(kNs, write, true);
  exchange(b);
  clock.advance(milliseconds(1'200));
  exchange(a);
  exchange(b);
  a.table.await_stamp(kNs, clock.wall_ms());
  ASSERT_TRUE(poll(a, IndexState::kStable));
  EXPECT_GT(*mark(a), before);
}

TEST_F(PeersTest, OneGatewayPollsAndTheOthersKnow) {
  for (Gateway* gateway : {&a, &b}) {
    gateway->table.use(kNs);
    exchange(*gateway);
  }
  clock.advance(milliseconds(2'000));
  exchange(a);
  exchange(b);
  EXPECT_TRUE(poll(a, IndexState::kStable));
  EXPECT_FALSE(poll(b, IndexState::kStable)) << "it is the other's turn";
  EXPECT_FALSE(b.table.stability(kNs).stable);
  exchange(b);
  EXPECT_TRUE(b.table.stability(kNs).stable);
  EXPECT_EQ(mark(b), mark(a));
  clock.advance(milliseconds(20'000));
  exchange(b);
  EXPECT_FALSE(poll(b, IndexState::kStable)) << "it was polled not long ago";
}

TEST_F(PeersTest, AWriteOfOneIsHeardOfByWhoeverPolls) {
  for (Gateway* gateway : {&a, &b}) {
    gateway->table.use(kNs);
    exchange(*gateway);
  }
  ASSERT_TRUE(poll(a, IndexState::kStable));
  exchange(b);
  b.table.end_write(kNs, b.table.begin_write(kNs), true);
  EXPECT_TRUE(a.table.stability(kNs).stable) << "it has not heard of it";
  clock.advance(milliseconds(1'200));
  EXPECT_FALSE(poll(b, IndexState::kStable));
  exchange(a);
  EXPECT_FALSE(a.table.stability(kNs).stable);
  exchange(b);
  clock.advance(milliseconds(1'200));
  exchange(a);
  exchange(b);
  EXPECT_TRUE(poll(a, IndexState::kStable));
  exchange(b);
  EXPECT_TRUE(b.table.stability(kNs).stable);
}

TEST_F(PeersTest, AGatewayThatLeftOrWentSilentIsNotWaitedFor) {
  a.table.use(kNs);
  b.table.begin_write(kNs);
  exchange(b);
  clock.advance(milliseconds(11'000));
  exchange(a);
  ASSERT_TRUE(poll(a, IndexState::kStable));
  EXPECT_EQ(mark(a), clock.wall_ms() - 500) << "the other was silent for too long";
  exchange(b);
  run([&] { return b.peers.leave(); });
  clock.advance(milliseconds(66'000));
  exchange(a);
  ASSERT_TRUE(poll(a, IndexState::kStable));
  EXPECT_EQ(mark(a), clock.wall_ms() - 500) << "the other has left";
}

TEST_F(PeersTest, AGatewayThatWasNeverHeardOfPollsNothing) {
  a.table.use(kNs);
  EXPECT_FALSE(poll(a, IndexState::kStable));
  EXPECT_EQ(mark(a), std::nullopt);
}

// Random writes, polls, exchanges and indexing of three gateways in virtual time.
TEST_F(PeersTest, NoWatermarkIsEverAboveAWriteThatIsNotAcknowledgedOrNotIndexed) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Gateway c{"c", shared, clock, log, 3};
  const std::array<Gateway*, 3> gateways{&a, &b, &c};
  struct Write {
    Gateway* gateway;
    std::uint64_t ticket;
    std::int64_t stamp;
    bool acknowledged = false;
    bool indexed = false;
  };
  struct Polling {
    WatchTable::Due due;
    IndexState evidence;
  };
  std::vector<Write> writes;
  std::array<std::optional<Polling>, 3> polling;
  std::array<std::int64_t, 3> last{};
  for (Gateway* gateway : gateways) {
    exchange(*gateway);
  }
  for (int step = 0; step < 6'000; ++step) {
    const std::size_t at = random() % gateways.size();
    Gateway& gateway = *gateways.at(at);
    switch (random() % 8) {
      case 0:
        if (writes.size() < 20) {
          const auto ticket = gateway.table.begin_write(kNs);
          writes.push_back({&gateway, ticket, gateway.hlc.stamp(kNs).ms});
        }
        break;
      case 1:
        for (Write& write : writes) {
          if (!write.acknowledged && random() % 2 == 0) {
            write.gateway->table.end_write(kNs, write.ticket, true);
            write.acknowledged = true;
            break;
          }
        }
        break;
      case 2:
        for (Write& write : writes) {
          write.indexed |= write.acknowledged && random() % 2 == 0;
        }
        std::erase_if(writes, [](const Write& write) { return write.indexed; });
        break;
      case 3:
        gateway.table.use(kNs);
        exchange(gateway);
        break;
      case 4:
        if (WatchTable::Due due; !polling.at(at) && begin(gateway, due)) {
          const bool behind = std::ranges::any_of(writes, &Write::acknowledged);
          polling.at(at) = {std::move(due), behind ? IndexState::kUpdating : IndexState::kStable};
        }
        break;
      case 5:
        if (auto ended = std::exchange(polling.at(at), std::nullopt)) {
          end(gateway, ended->due, ended->evidence);
        }
        break;
      default:
        clock.advance(milliseconds(random() % 700));
        // All of them live: one that goes silent is another promise.
        for (Gateway* each : gateways) {
          exchange(*each);
        }
    }
    for (std::size_t i = 0; i < gateways.size(); ++i) {
      const auto reached = mark(*gateways.at(i));
      ASSERT_GE(reached.value_or(0), last.at(i)) << "the watermark went back";
      last.at(i) = reached.value_or(0);
      for (const Write& write : writes) {
        ASSERT_TRUE(!reached || write.stamp > *reached) << "the mark passed " << write.stamp;
      }
    }
  }
  EXPECT_GT(last.front(), 0);
}

}  // namespace
}  // namespace layer::features::watcher
