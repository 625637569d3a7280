#include "features/functions/push_dispatcher.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/deadline.h"
#include "async/run.h"

namespace layer::features::functions {
namespace {

constexpr core::MetricSpec kSkipped{
    .name = "layer_udf_skipped_total",
    .kind = core::MetricKind::kCounter,
    .help = "rows not computed again, as their inputs are what they were",
    .labels = "udf"};

http::ClientOptions client_options(const http::TlsContext& tls) {
  http::ClientOptions options;
  // A worker may say nothing until it is done; the batch has its own time.
  options.progress_time_max = std::chrono::hours(1);
  options.connections_max = kPushBatchesMax;
  options.tls = tls;
  return options;
}

}  // namespace

PushDispatcher::PushDispatcher(Parts parts)
    : parts_(std::move(parts)),
      client_(parts_.loop, client_options(parts_.tls)),
      batch_parts_({.work_for = parts_.work_for,
                    .registry = parts_.registry,
                    .addresses = parts_.addresses,
                    .client = client_,
                    .pool = parts_.pool,
                    .metrics = parts_.metrics,
                    .loop = parts_.loop,
                    .worker = "push:" + parts_.gateway}),
      tasks_(parts_.loop),
      wake_(parts_.loop.get_executor(), async::TimePoint::max()),
      empty_(parts_.loop.get_executor(), async::TimePoint::max()) {}

void PushDispatcher::start() {
  async::asio::post(parts_.loop, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void PushDispatcher::finish(async::Duration patience) {
  async::run_blocking(parts_.loop, [this, patience]() -> async::Task<> {
    stopping_ = true;
    wake_.cancel();
    co_await join(async::SteadyClock::now() + patience);
  });
}

async::Task<> PushDispatcher::join(async::TimePoint until) {
  while (!batches_.empty() && async::SteadyClock::now() < until) {
    empty_.expires_at(until);
    co_await empty_.async_wait(async::kToken);
  }
  for (const auto& batch : batches_) {
    batch->halt();
  }
  co_await tasks_.join();
}

async::Task<> PushDispatcher::run() {
  while (!stopping_) {
    woken_ = false;
    if (async::SteadyClock::now() >= look_at_) {
      co_await look();
    }
    feed_all();
    if (!woken_ && !stopping_) {
      wake_.expires_after(kPushIdle);
      co_await wake_.async_wait(async::kToken);
    }
  }
}

async::Task<> PushDispatcher::look() {
  auto all = co_await parts_.registry.list();
  look_at_ = async::SteadyClock::now() + kPushLookEvery;
  if (!all) {
    if (std::exchange(knows_, false)) {
      parts_.log.warn("no work is sent to workers until the database is back",
                      {{"error", all.error().message}});
    }
    co_return;
  }
  knows_ = true;
  turned_.done();
  for (const auto& batch : batches_) {
    if (std::ranges::find(*all, batch->function(), &RegisteredFunction::id) == all->end()) {
      batch->halt();  // nobody wants its results
    }
  }
  std::erase_if(*all, [](const RegisteredFunction& each) {
    return each.paused || each.spec.worker.url.empty();
  });
  functions_ = std::move(*all);
  std::erase_if(lanes_, [&](const auto& lane) {
    return lane.second.in_flight == 0 && !lane.second.claiming &&
           std::ranges::find(functions_, lane.first, &RegisteredFunction::id) == functions_.end();
  });
}

void PushDispatcher::feed_all() {
  const auto now = async::SteadyClock::now();
  for (const RegisteredFunction& function : functions_) {
    Lane& lane = lanes_[function.id];
    if (!stopping_ && !lane.claiming && now >= lane.next && batches_.size() < kPushBatchesMax &&
        lane.in_flight < function.spec.schedule.in_flight_batches_max) {
      lane.claiming = true;
      tasks_.spawn(feed(function));
    }
  }
}

async::Task<Result<ClaimedWork>> PushDispatcher::claim(RegisteredFunction function) {
  const std::size_t items = function.spec.worker.batch_size;
  FunctionWork work = parts_.work_for(function.id);
  co_return co_await work.claim(std::move(function), batch_parts_.worker, items, std::nullopt,
                                async::SteadyClock::now() + kPushClaimTimeMax);
}

async::Task<> PushDispatcher::feed(RegisteredFunction function) {
  auto claimed = co_await claim(function);
  Lane& lane = lanes_[function.id];
  lane.claiming = false;
  if (!claimed) {
    lane.next = async::SteadyClock::now() + kPushAgainAfter;
    if (!std::exchange(lane.failing, true)) {
      parts_.log.warn("no work of a function can be sent to its worker",
                      {{"function", function.id}, {"error", claimed.error().message}});
    }
    co_return;
  }
  lane.failing = false;
  parts_.metrics.sample(kSkipped, {function.id}).add(claimed->skipped);
  if (claimed->items.empty()) {
    if (claimed->skipped + claimed->absent == 0) {
      const auto wait = std::max<async::Duration>(kPushIdle, claimed->retry_after);
      lane.next = async::SteadyClock::now() + wait;
    }
  } else {
    auto batch =
        std::make_shared<PushBatch>(batch_parts_, std::move(function), std::move(claimed->items));
    if (stopping_) {
      batch->halt();  // which releases them
    }
    ++lane.in_flight;
    batches_.push_back(batch);
    tasks_.spawn(carry(std::move(batch)));
  }
  woken_ = true;
  wake_.cancel();
}

async::Task<> PushDispatcher::carry(std::shared_ptr<PushBatch> batch) {
  using async::asio::experimental::awaitable_operators::operator&&;
  co_await (batch->run() && batch->keep());
  --lanes_[batch->function()].in_flight;
  std::erase(batches_, batch);
  empty_.cancel();
  woken_ = true;
  wake_.cancel();
}

}  // namespace layer::features::functions
