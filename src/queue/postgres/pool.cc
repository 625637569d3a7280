#include "queue/postgres/pool.h"

#include <algorithm>
#include <utility>

namespace layer::queue::postgres {
namespace {

std::unexpected<Error> refused(const char* why) {
  return fail(ErrorCode::kUnavailable, why);
}

}  // namespace

async::Task<Result<Pool::Lease>> Pool::acquire(async::TimePoint deadline) {
  if (stopping_) {
    co_return refused("the queue database is being closed");
  }
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->reusable()) {
      used_.push_back(connection.get());
      co_return Lease(*this, std::move(connection));
    }
    --open_;
  }
  if (open_ < max_) {
    ++open_;
    co_return co_await opened(Lease(*this, nullptr));
  }
  co_return co_await wait(deadline);
}

async::Task<Result<Pool::Lease>> Pool::opened(Lease place) {
  const auto now = async::SteadyClock::now();
  if (now < retry_at_) {
    co_return std::unexpected(failure_);
  }
  if (retry_after_.count() > 0) {
    retry_at_ = now + settings_.connect_max;  // this caller tries, the others are told
  }
  auto connection = co_await Connection::open(loop_, settings_);
  if (!connection) {
    failure_ = connection.error();
    retry_after_ = std::clamp(retry_after_ * 2, kRetryFirst, kRetryMax);
    retry_at_ = async::SteadyClock::now() + retry_after_;
    co_return std::unexpected(std::move(connection).error());
  }
  retry_after_ = {};
  retry_at_ = {};
  place.connection_ = std::move(*connection);
  used_.push_back(place.connection_.get());
  if (stopping_) {
    co_return refused("the queue database is being closed");
  }
  co_return place;
}

async::Task<Result<Pool::Lease>> Pool::wait(async::TimePoint deadline) {
  if (waiting_.size() >= kWaitingMax) {
    co_return refused("too many operations wait for the queue database");
  }
  const auto self = waiting_.emplace(waiting_.end(), loop_);
  struct Leave {
    std::list<Waiter>& list;
    std::list<Waiter>::iterator at;
    ~Leave() {
      // A turn that came too late goes on to the next; it is given back after the list let go.
      const auto granted = std::exchange(at->granted, std::nullopt);
      list.erase(at);
    }
  };
  const Leave leave{waiting_, self};
  self->turn.expires_at(deadline);
  if (!self->granted) {
    co_await self->turn.async_wait(async::kToken);
  }
  if (!self->granted) {
    co_return refused(stopping_ ? "the queue database is being closed"
                                : "all connections to the queue database are busy");
  }
  Lease lease = std::move(*self->granted);
  self->granted.reset();
  if (lease.connection_ == nullptr) {
    co_return co_await opened(std::move(lease));
  }
  co_return lease;
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  std::erase(used_, connection.get());
  if (connection != nullptr && (stopping_ || !connection->reusable())) {
    connection.reset();
  }
  const auto next = std::ranges::find_if(waiting_, [](const Waiter& w) { return !w.granted; });
  if (next != waiting_.end() && !stopping_) {
    if (connection != nullptr) {
      used_.push_back(connection.get());
    }
    next->granted.emplace(*this, std::move(connection));
    next->turn.cancel();
  } else if (connection != nullptr) {
    idle_.push_back(std::move(connection));
  } else {
    --open_;
  }
}

void Pool::stop() {
  stopping_ = true;
  open_ -= idle_.size();
  idle_.clear();
  for (Connection* each : used_) {
    each->abort();
  }
  for (Waiter& each : waiting_) {
    each.turn.cancel();
  }
}

}  // namespace layer::queue::postgres
