#include "queue/change_feed.h"

#include <boost/asio/post.hpp>

#include "async/run.h"

namespace layer::queue {

ChangeFeed::ChangeFeed(Parts parts)
    : parts_(std::move(parts)), tasks_(parts_.loop), timer_(parts_.loop.get_executor()) {}

void ChangeFeed::start() {
  async::asio::post(parts_.loop, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void ChangeFeed::stop() {
  if (stopped_.exchange(true)) {
    return;
  }
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stopping_ = true;
    timer_.cancel();
    co_await tasks_.join();
  });
}

void ChangeFeed::announce(std::string kind, std::string key) {
  if (stopped_.load()) {
    return;
  }
  async::asio::post(parts_.loop, [this, kind = std::move(kind), key = std::move(key)]() mutable {
    if (pending_.size() >= kPendingMax) {
      pending_.pop_front();
    }
    pending_.emplace_back(std::move(kind), std::move(key));
    look();
  });
}

async::Task<> ChangeFeed::run() {
  while (!stopping_) {
    due_ = false;
    const auto done = co_await round();
    note(done);
    if (done) {
      parts_.turned.done();
    }
    if (stopping_ || (due_ && !failing_)) {
      continue;
    }
    timer_.expires_after(parts_.look_every);
    co_await timer_.async_wait(async::kToken);
  }
}

async::Task<Result<void>> ChangeFeed::round() {
  LAYER_CO_TRY(co_await send());
  LAYER_CO_TRY(co_await read());
  const auto now = async::SteadyClock::now();
  if (now >= next_clean_) {
    next_clean_ = now + parts_.clean_every;
    LAYER_CO_TRY(co_await parts_.shared.forget_changes());
  }
  co_return Result<void>{};
}

async::Task<Result<void>> ChangeFeed::send() {
  while (!pending_.empty()) {
    auto [kind, key] = std::move(pending_.front());
    pending_.pop_front();
    auto sent = co_await parts_.shared.announce(kind, key);
    if (!sent) {
      pending_.emplace_front(std::move(kind), std::move(key));
      co_return sent;
    }
  }
  co_return Result<void>{};
}

async::Task<Result<void>> ChangeFeed::read() {
  if (!seen_) {
    LAYER_CO_ASSIGN(seen_, co_await parts_.shared.last_change());
  }
  while (!stopping_) {
    LAYER_CO_ASSIGN(const auto later, co_await parts_.shared.changes(*seen_));
    for (const Change& each : later) {
      parts_.on_change(each);
      seen_ = each.sequence;
    }
    if (later.size() < kChangesMax) {
      break;
    }
  }
  co_return Result<void>{};
}

void ChangeFeed::note(const Result<void>& outcome) {
  if (outcome.has_value() != failing_) {
    return;
  }
  failing_ = !outcome.has_value();
  if (failing_) {
    parts_.log.warn("changes do not reach other gateways until the queue database is back",
                    {{"error", outcome.error().message}});
  } else {
    parts_.log.info("changes reach other gateways again");
  }
}

}  // namespace layer::queue
