#include "operator/process/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "async/loops.h"
#include "async/run.h"

namespace layer::workers {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FakeSource final : public WorkSource {
 public:
  async::Task<Result<std::uint64_t>> depth(std::string) override {
    if (away) {
      co_return fail(ErrorCode::kUnavailable, "away");
    }
    co_return waiting;
  }
  async::Task<Result<std::set<std::string, std::less<>>>> holders(std::string) override {
    co_return leases;
  }
  async::Task<Result<std::size_t>> release(std::string, std::string worker) override {
    released.push_back(worker);
    co_return leases.erase(worker);
  }

  bool away = false;
  std::uint64_t waiting = 0;
  std::set<std::string, std::less<>> leases;
  std::vector<std::string> released;
};

// Processes that end when the test says so, or on SIGTERM if they are willing.
class FakeLauncher final : public Launcher {
 public:
  struct State {
    bool over = false;
    Exit exit{};
    std::vector<int> signals{};
    std::vector<std::string> environment{};
  };
  class FakeWorker final : public Worker {
   public:
    FakeWorker(FakeLauncher& launcher, State& state) : launcher_(launcher), state_(state) {}
    void signal(int number) override {
      state_.signals.push_back(number);
      if (number == SIGKILL || launcher_.willing) {
        state_.exit = {.signal = number};
        state_.over = true;
      }
    }
    async::Task<Exit> ended() override {
      while (!state_.over) {
        async::Timer timer(co_await async::asio::this_coro::executor, 1ms);
        co_await timer.async_wait(async::kToken);
      }
      co_return state_.exit;
    }

   private:
    FakeLauncher& launcher_;
    State& state_;
  };

  async::Task<Result<std::unique_ptr<Worker>>> launch(Command command, std::string,
                                                      std::string worker) override {
    if (!reason.empty()) {
      co_return fail(ErrorCode::kNotFound, reason);
    }
    State& state = states[worker] = {.environment = command.environment};
    co_return std::make_unique<FakeWorker>(*this, state);
  }

  bool willing = true;
  std::string reason;
  std::map<std::string, State> states;
};

class SupervisorTest : public ::testing::Test {
 protected:
  ~SupervisorTest() override { supervisor.stop(0s); }

  Workload books() {
    return {.object = "Pipeline/books",
            .kind = "Pipeline",
            .name = "books",
            .queue = "books",
            .source = &source,
            .scaling = {.max = 3, .target_depth = 10, .warm_window = 0s},
            .command = {.argv = {"work"}, .environment = {}, .directory = "/"},
            .timeout = 30s};
  }
  // A turn, and what it started has begun.
  void turn() {
    async::run_blocking(loops.at(0), [this]() -> async::Task<> {
      co_await supervisor.turn();
      for (int i = 0; i < 5; ++i) {
        co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
      }
      co_await supervisor.turn();
    });
  }
  void end(const std::string& worker, Exit exit) {
    async::run_blocking(loops.at(0), [&]() -> async::Task<> {
      launcher.states.at(worker).exit = exit;
      launcher.states.at(worker).over = true;
      co_return;
    });
    wait_for([&] { return std::ranges::count(source.released, worker) > 0; });
  }
  template <class Condition>
  void wait_for(Condition condition) {
    for (;;) {
      const bool there =
          async::run_blocking(loops.at(0), [&]() -> async::Task<bool> { co_return condition(); });
      if (there) {
        return;
      }
      std::this_thread::sleep_for(1ms);
    }
  }
  resources::Condition condition() { return workers_available(told->first, told->second); }

  core::ManualClock clock;
  core::Logger log{{.level = core::LogLevel::kOff}};
  async::Loops loops{1};
  FakeSource source;
  FakeLauncher launcher;
  bool leading = true;
  bool registered = true;
  int crashes = 0;
  std::optional<std::pair<Workload, WorkloadState>> told;
  Supervisor supervisor{
      {.loop = loops.at(0),
       .clock = clock,
       .log = log,
       .launcher = launcher,
       .leads = [this]() -> async::Task<bool> { co_return leading; },
       .registered = [this](const std::string&) { return registered; },
       .report = [this](const Workload& workload,
                        const WorkloadState& state) { told.emplace(workload, state); },
       .crashed = [this](const Workload&) { ++crashes; }}};
};

TEST_F(SupervisorTest, FromZeroToManyToZero) {
  supervisor.set({books()});
  turn();
  EXPECT_THAT(launcher.states, IsEmpty());
  EXPECT_EQ(condition().reason, "NotNeeded");
  source.waiting = 25;
  turn();
  EXPECT_EQ(launcher.states.size(), 3);
  EXPECT_THAT(launcher.states.at("books-2").environment, Contains("HEVLAYER_WORKER_ID=books-2"));
  EXPECT_EQ(told->second.running, 3);
  EXPECT_EQ(told->second.depth, 25);
  EXPECT_EQ(condition().reason, "Running");
  source.waiting = 0;
  source.leases = {"books-3"};
  turn();
  EXPECT_THAT(launcher.states.at("books-2").signals, ElementsAre(SIGTERM)) << "it holds nothing";
  for (int i = 0; i < 2; ++i) {
    clock.advance(kShrinkEvery);
    turn();
  }
  wait_for([&] { return source.released.size() == 3; });
  EXPECT_THAT(source.leases, IsEmpty()) << "what it left is released";
  turn();
  EXPECT_EQ(told->second.running, 0);
}

TEST_F(SupervisorTest, WorkThatArrivesIsSeenAtOnce) {
  supervisor.set({books()});
  supervisor.start();
  wait_for([&] { return told.has_value(); });
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    source.waiting = 1;
    co_return;
  });
  supervisor.work_arrived("books");
  wait_for([&] { return told->second.running == 1; });
}

TEST_F(SupervisorTest, ACrashIsToldAndTheNextWaits) {
  source.waiting = 1;
  supervisor.set({books()});
  turn();
  source.leases = {"books-1"};
  end("books-1", {.code = 3});
  launcher.states.clear();
  turn();
  EXPECT_EQ(crashes, 1);
  EXPECT_THAT(source.leases, IsEmpty());
  EXPECT_THAT(launcher.states, IsEmpty());
  EXPECT_EQ(condition().reason, "WorkerFailed");
  EXPECT_EQ(condition().message, "worker books-1 ended: exit code 3");
  clock.advance(1s);
  turn();
  EXPECT_EQ(launcher.states.size(), 1);
  for (int i = 0; i < 4; ++i) {
    source.released.clear();
    end("books-1", {.signal = SIGSEGV});
    turn();
    if (i < 3) {
      clock.advance(8s);
      turn();
    }
  }
  EXPECT_EQ(condition().reason, "CrashLoop");
  EXPECT_THAT(condition().message, ::testing::HasSubstr("signal 11"));
  clock.advance(kCrashLoopWait);
  turn();
  EXPECT_EQ(condition().reason, "Running");
}

TEST_F(SupervisorTest, AProgramThatIsNotThereIsNamed) {
  source.waiting = 1;
  launcher.reason = "there is no program 'work'";
  supervisor.set({books()});
  turn();
  turn();
  EXPECT_EQ(condition().reason, "WorkerFailed");
  EXPECT_EQ(condition().message, "there is no program 'work'");
  EXPECT_EQ(crashes, 0);
}

TEST_F(SupervisorTest, PausedOrRefusedRunsNothing) {
  source.waiting = 30;
  Workload workload = books();
  supervisor.set({workload});
  turn();
  EXPECT_EQ(told->second.running, 3);
  workload.held = true;
  supervisor.set({workload});
  turn();
  wait_for([&] { return source.released.size() == 3; });
  EXPECT_EQ(told->second.desired, 0) << "all at once";
  workload.held = false;
  workload.refusal = "NoCommand";
  supervisor.set({workload});
  launcher.states.clear();
  turn();
  EXPECT_THAT(launcher.states, IsEmpty());
  EXPECT_EQ(condition().reason, "NoCommand");
}

TEST_F(SupervisorTest, AnotherCommandReplacesTheWorkers) {
  source.waiting = 1;
  Workload workload = books();
  supervisor.set({workload});
  turn();
  workload.command.argv = {"other"};
  supervisor.set({workload});
  turn();
  EXPECT_THAT(launcher.states.at("books-1").signals, ElementsAre(SIGTERM));
  EXPECT_TRUE(launcher.states.contains("books-2"));
  workload.scaling.max = 2;
  supervisor.set({workload});
  turn();
  EXPECT_THAT(launcher.states.at("books-2").signals, IsEmpty())
      << "other bounds need no other ones";
}

TEST_F(SupervisorTest, WorkersOfAnObjectThatIsGoneEnd) {
  source.waiting = 20;
  supervisor.set({books()});
  turn();
  supervisor.set({});
  turn();
  wait_for([&] { return source.released.size() == 2; });
  turn();
  source.released.clear();
  supervisor.set({books()});
  turn();
  EXPECT_EQ(told->second.running, 2);
}

TEST_F(SupervisorTest, WhatEarlierWorkersHeldIsReleasedBeforeOthersBegin) {
  source.waiting = 1;
  source.leases = {"books-7", "books-x", "books-1-1", "elsewhere"};
  supervisor.set({books()});
  turn();
  EXPECT_THAT(source.leases, UnorderedElementsAre("books-x", "books-1-1", "elsewhere"));
  EXPECT_EQ(told->second.running, 1);
}

TEST_F(SupervisorTest, OnlyTheLeaderRunsWorkers) {
  leading = false;
  source.waiting = 30;
  supervisor.set({books()});
  turn();
  EXPECT_THAT(launcher.states, IsEmpty());
  EXPECT_EQ(condition().reason, "RunsElsewhere");
  leading = true;
  turn();
  EXPECT_EQ(told->second.running, 3);
  leading = false;
  turn();
  wait_for([&] { return source.released.size() == 3; });
}

TEST_F(SupervisorTest, WithoutRegistrationThereAreNoWorkers) {
  registered = false;
  source.waiting = 30;
  supervisor.set({books()});
  turn();
  EXPECT_THAT(launcher.states, IsEmpty());
  EXPECT_EQ(condition().reason, "NotRegistered");
  registered = true;
  turn();
  EXPECT_EQ(told->second.running, 3);
}

TEST_F(SupervisorTest, AQueueIsNotCountedForEveryDocument) {
  source.waiting = 1;
  supervisor.set({books()});
  turn();
  source.waiting = 30;
  async::run_blocking(loops.at(0), [this] {
    return supervisor.turn({.all = false, .arrived = {"books"}, .objects = {}});
  });
  EXPECT_EQ(told->second.depth, 1) << "there is a worker; the next whole turn counts";
  turn();
  EXPECT_EQ(told->second.running, 3);
}

TEST_F(SupervisorTest, WhileTheQueueIsAwayTheCountStays) {
  source.waiting = 15;
  supervisor.set({books()});
  turn();
  source.away = true;
  clock.advance(1h);
  turn();
  EXPECT_EQ(told->second.running, 2);
  EXPECT_EQ(told->second.depth, std::nullopt);
}

TEST_F(SupervisorTest, OneThatDoesNotEndIsKilled) {
  launcher.willing = false;
  source.waiting = 1;
  supervisor.set({books()});
  turn();
  source.waiting = 0;
  turn();
  clock.advance(30s + kStopGrace);
  turn();
  EXPECT_THAT(launcher.states.at("books-1").signals, ElementsAre(SIGTERM, SIGKILL));
}

}  // namespace
}  // namespace layer::workers
