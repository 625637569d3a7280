// Sends items to workers that have a URL, instead of waiting for them to ask (rule UF11 of the
// contract). Several gateways do so at once: leases keep their batches apart. Paused functions and
// those that are gone get no work. Thread safety: start(), drain() and stop() from a thread that is
// not the loop's. What Parts refers to outlives the dispatcher, and the loop runs until stop() has
// returned.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/task_group.h"
#include "core/log.h"
#include "core/loop_mark.h"
#include "features/functions/push_batch.h"

namespace layer::features::functions {

inline constexpr std::chrono::milliseconds kPushIdle{500};
inline constexpr std::chrono::milliseconds kPushLookEvery{2'000};  // for what was registered
inline constexpr std::chrono::seconds kPushAgainAfter{2};          // a claim that failed
inline constexpr std::chrono::seconds kPushClaimTimeMax{15};
inline constexpr std::size_t kPushBatchesMax = 256;  // of all functions at once
inline constexpr std::chrono::seconds kPushDrainMax{25};

class PushDispatcher {
 public:
  struct Parts {
    // What writes results of this function.
    std::function<FunctionWork(const std::string& function)> work_for;
    async::CpuPool& pool;
    FunctionRegistry& registry;
    PushAddresses addresses;
    http::TlsContext tls;
    std::string gateway;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;
  };
  explicit PushDispatcher(Parts parts);

  void start();
  // Nothing more is sent. Waits for what runs; after kPushDrainMax the rest is released, and no
  // attempt is counted. Idempotent.
  void drain() { finish(kPushDrainMax); }
  // As drain(), at once.
  void stop() { finish({}); }

 private:
  // A function's way to its worker.
  struct Lane {
    std::size_t in_flight = 0;
    bool claiming = false;
    bool failing = false;  // told of once
    async::TimePoint next{};
  };

  async::Task<> run();
  async::Task<> look();
  void feed_all();
  async::Task<> feed(RegisteredFunction function);
  async::Task<Result<ClaimedWork>> claim(RegisteredFunction function);
  async::Task<> carry(std::shared_ptr<PushBatch> batch);
  void finish(async::Duration patience);
  async::Task<> join(async::TimePoint until);

  Parts parts_;
  core::LoopMark turned_{parts_.metrics, "push_dispatcher"};
  http::Client client_;
  PushBatch::Parts batch_parts_;
  async::TaskGroup tasks_;
  async::Timer wake_;
  async::Timer empty_;
  std::vector<RegisteredFunction> functions_;  // those that are pushed
  async::TimePoint look_at_{};
  std::map<std::string, Lane> lanes_;
  std::list<std::shared_ptr<PushBatch>> batches_;
  bool knows_ = true;
  bool woken_ = false;
  bool stopping_ = false;
};

}  // namespace layer::features::functions
