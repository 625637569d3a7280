#include "objects/s3/credentials.h"

#include <utility>

namespace layer::objects::s3 {
namespace {

std::int64_t ms(std::chrono::milliseconds duration) {
  return duration.count();
}

}  // namespace

bool CredentialsCache::valid(std::int64_t now_ms) const {
  return current_ != nullptr && (!current_->expires_ms || *current_->expires_ms > now_ms);
}

bool CredentialsCache::wants_fetch(std::int64_t now_ms) const {
  if (!valid(now_ms)) {
    return true;
  }
  return current_->expires_ms && *current_->expires_ms - ms(kAhead) <= now_ms &&
         now_ms >= not_before_ms_;
}

async::Task<Result<CredentialsPtr>> CredentialsCache::get() {
  while (true) {
    const std::int64_t now = clock_.wall_ms();
    if (!wants_fetch(now) || (valid(now) && fetched_ != nullptr)) {
      co_return current_;
    }
    if (fetched_ == nullptr) {
      co_return co_await fetch();
    }
    const std::uint64_t seen = fetches_;
    const auto running = fetched_;
    (void)co_await running->async_wait(async::kToken);
    if (seen == fetches_) {
      co_return fail(ErrorCode::kCancelled, "cancelled");
    }
    // Whoever fetched may have been cancelled: that says nothing to the others.
    if (failure_ && failure_->code != ErrorCode::kCancelled && !valid(clock_.wall_ms())) {
      co_return std::unexpected(*failure_);
    }
  }
}

// Wakes who waits, however the fetch ends; they run after this frame is gone.
struct CredentialsCache::Ended {
  CredentialsCache& cache;
  ~Ended() {
    ++cache.fetches_;
    std::exchange(cache.fetched_, nullptr)->cancel();
  }
};

async::Task<Result<CredentialsPtr>> CredentialsCache::fetch() {
  fetched_ = std::make_shared<async::Timer>(co_await async::asio::this_coro::executor,
                                            async::TimePoint::max());
  const Ended ended{*this};
  auto got = co_await source_.fetch();
  failure_.reset();
  if (got && *got) {
    current_ = std::make_shared<const Credentials>(std::move(**got));
  } else if (got) {
    failure_ = Error{.code = ErrorCode::kIo,
                     .message =
                         "no credentials for the object store: set AWS_ACCESS_KEY_ID and "
                         "AWS_SECRET_ACCESS_KEY, a profile, a web identity or a role"};
  } else {
    failure_ = std::move(got).error();
  }
  const std::int64_t now = clock_.wall_ms();
  not_before_ms_ = failure_ ? now + ms(kPause) : 0;
  if (failure_ && !valid(now)) {
    co_return std::unexpected(*failure_);
  }
  co_return current_;
}

void CredentialsCache::forget(const CredentialsPtr& refused) {
  if (current_ == refused) {
    current_ = nullptr;
  }
}

}  // namespace layer::objects::s3
