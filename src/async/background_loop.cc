#include "async/background_loop.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "async/deadline.h"
#include "async/run.h"
#include "core/random.h"

namespace layer::async {
namespace {

// Processes that were started together do not all turn at the same moment.
Duration jittered(Duration pause) {
  const auto tenth = static_cast<std::uint64_t>(pause.count()) / 10 + 1;
  return pause + Duration(core::random_u64() % tenth);
}

}  // namespace

BackgroundLoop::BackgroundLoop(Loop& loop, core::Logger& log, core::Metrics& metrics,
                               Options options, Turn turn)
    : loop_(loop),
      log_(log),
      options_(options),
      turn_(std::move(turn)),
      mark_(metrics, options.name),
      tasks_(loop),
      wake_(loop.get_executor()) {}

void BackgroundLoop::start() {
  asio::post(loop_, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void BackgroundLoop::stop() {
  run_blocking(loop_, [this]() -> Task<> {
    stopping_ = true;
    tasks_.cancel();
    co_await tasks_.join();
  });
}

void BackgroundLoop::wake() {
  woken_ = true;
  wake_.cancel();
}

// Nothing is awaited once the task is cancelled: that would throw.
Task<> BackgroundLoop::run() {
  Duration before = options_.first;
  while (!stopping_) {
    if (!woken_ && before > Duration::zero()) {
      wake_.expires_after(jittered(before));
      co_await wake_.async_wait(kToken);
      if (stopping_) {
        co_return;
      }
    }
    woken_ = false;
    before = options_.every;
    tell(co_await with_deadline(SteadyClock::now() + options_.turn_max, turn_()));
  }
}

void BackgroundLoop::tell(const Result<void>& outcome) {
  if (outcome) {
    mark_.done();
    if (std::exchange(failing_, false)) {
      log_.info(options_.works);
    }
  } else if (outcome.error().code != ErrorCode::kCancelled && !std::exchange(failing_, true)) {
    log_.warn(options_.fails, {{"error", outcome.error().message}});
  }
}

}  // namespace layer::async
