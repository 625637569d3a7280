#include "features/jobs/running_job.h"

#include <utility>

#include "async/deadline.h"

namespace layer::features::jobs {
namespace {

constexpr std::chrono::milliseconds kSettleAgain{500};

std::unexpected<Error> told_to_stop() {
  return fail(ErrorCode::kCancelled, "the job is to stop");
}

}  // namespace

async::Task<Result<void>> RunningJob::reached(queue::JobProgress progress) {
  if (stopping()) {
    co_return told_to_stop();
  }
  job_.progress = std::move(progress);
  if (async::SteadyClock::now() - kept_at_ >= options_.checkpoint_every) {
    co_await keep();
  }
  if (stopping()) {
    co_return told_to_stop();
  }
  co_return Result<void>{};
}

void RunningJob::request(Stop why) {
  if (stop_ != Stop::kNone) {
    return;
  }
  stop_ = why;
  if (working_ && signal_ != nullptr) {
    signal_->emit(async::asio::cancellation_type::terminal);
  }
}

async::Task<> RunningJob::keep() {
  if (keeping_ || stopping()) {
    co_return;
  }
  keeping_ = true;
  const auto begun = async::SteadyClock::now();
  const auto kept = co_await store_.keep(held(), job_.progress, options_.lease_for);
  keeping_ = false;
  if (kept && *kept) {
    kept_at_ = begun;
  } else if (kept || async::SteadyClock::now() - kept_at_ >= options_.lease_for) {
    request(Stop::kLost);  // somebody else's, or nobody's that we could know of
  }
}

// Without the end on record the job would be run again, so it is worth some patience.
template <class Call>
async::Task<> RunningJob::settle(Call call) {
  while (true) {
    const auto settled = co_await call();
    const bool lease_over = async::SteadyClock::now() - kept_at_ >= options_.lease_for;
    if (settled || lease_over || stop_ == Stop::kDrain) {
      co_return;
    }
    co_await async::sleep_for(kSettleAgain);
  }
}

async::Task<> RunningJob::finish(queue::JobProgress progress, queue::JobEnd end) {
  co_await settle([&] { return store_.finish(held(), progress, end, options_.keep_for); });
}

async::Task<> RunningJob::release() {
  co_await settle([&] { return store_.release(held(), job_.progress); });
}

}  // namespace layer::features::jobs
