#include "http/client_pool.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "http/client_connection.h"

namespace layer::http {
namespace {

// A server that closes says so in its answer or, as a rule, does it later than this.
constexpr async::Duration kMoment = std::chrono::seconds(1);

// Only the loop writes a count, so no read-modify-write instruction is needed.
void add(std::atomic<std::size_t>& count, std::ptrdiff_t n) {
  count.store(count.load(std::memory_order_relaxed) + static_cast<std::size_t>(n),
              std::memory_order_relaxed);
}

}  // namespace

struct Client::Pool::Waiter {
  Waiter(async::Loop& loop, Site& wanted, async::TimePoint deadline)
      : site(wanted), woken(loop.get_executor(), deadline) {}
  Site& site;
  async::Timer woken;
  Lease lease{};
  bool served = false;
};

Client::Slot& Client::Slot::operator=(Slot&& other) noexcept {
  std::swap(pool, other.pool);
  return *this;
}

Client::Slot::~Slot() {
  if (pool) {
    pool->give_back_slot();
  }
}

Client::Pool::~Pool() = default;

Client::Site& Client::Pool::site(const Origin& origin) {
  if (last_site_ != nullptr && last_site_->origin == origin) {
    return *last_site_;
  }
  auto it = sites_.find(origin);
  if (it == sites_.end()) {
    it = sites_
             .emplace(origin, Site{.origin = origin,
                                   .authority = origin.authority(),
                                   .named = !is_address(origin.host)})
             .first;
  }
  last_site_ = &it->second;
  return it->second;
}

Client::Lease Client::Pool::try_acquire(Site& site, bool may_fail) {
  Lease lease;
  lease.connection = take(site, may_fail);
  if (!lease.connection) {
    lease.slot = try_open(site);
  }
  return lease;
}

Client::Slot Client::Pool::try_open(Site& site) {
  if (counts_->open >= options.connections_max && (!waiters_.empty() || !evict_elsewhere(site))) {
    return {};
  }
  add(counts_->open, 1);
  return Slot(shared_from_this());
}

async::Task<Result<Client::Lease>> Client::Pool::wait(Site& site, async::TimePoint deadline) {
  const auto self = shared_from_this();
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  const auto cancelled_before = cancellation.cancelled();
  Waiter waiter(loop_, site, deadline);
  const auto at = waiters_.insert(waiters_.end(), &waiter);
  const auto [stopped] = co_await waiter.woken.async_wait(async::kToken);
  // Being served and being cancelled look the same to the timer, and both can happen at once.
  const bool cancelled = cancellation.cancelled() != cancelled_before;
  if (waiter.served && !cancelled) {
    co_return std::move(waiter.lease);
  }
  if (!waiter.served) {
    waiters_.erase(at);
  }
  if (stopped) {
    co_return std::unexpected(client_error(ClientFailure::kCancelled, "cancelled"));
  }
  co_return std::unexpected(client_error(
      ClientFailure::kBusy,
      fmt::format("all {} connections to {} stayed in use; send less at a time or allow more",
                  options.connections_max, site.authority)));
}

void Client::Pool::give_back_slot() {
  if (waiters_.empty() || closed_) {
    add(counts_->open, -1);
    return;
  }
  Waiter& first = *waiters_.front();
  waiters_.pop_front();
  first.lease.slot = Slot(shared_from_this());
  first.served = true;
  first.woken.cancel();
}

void Client::Pool::keep(std::unique_ptr<Connection> connection) {
  if (closed_ || !connection->reusable()) {
    return;
  }
  Site& site = connection->site();
  connection->idle_since = async::SteadyClock::now();
  if (connection->worn_out(connection->idle_since)) {
    return;
  }
  if (!waiters_.empty()) {
    if (&waiters_.front()->site == &site) {
      Waiter& first = *waiters_.front();
      waiters_.pop_front();
      first.lease.connection = std::move(connection);
      first.served = true;
      first.woken.cancel();
    }
    return;  // closing it gives its slot to the one in front
  }
  connection->idle = true;
  site.idle.push_back(std::move(connection));
  add(counts_->idle, 1);
}

std::unique_ptr<Client::Connection> Client::Pool::take(Site& site, bool may_fail) {
  const auto now = async::SteadyClock::now();
  while (!site.idle.empty()) {
    auto connection = std::move(site.idle.back());
    site.idle.pop_back();
    add(counts_->idle, -1);
    connection->idle = false;
    const bool trusted = may_fail && now - connection->idle_since < kMoment;
    if (!connection->worn_out(now) && (trusted || connection->quiet())) {
      return connection;
    }
  }
  return nullptr;
}

bool Client::Pool::lingers(const Connection& connection, async::TimePoint now) const {
  return now - connection.idle_since >= options.spare_time_max;
}

bool Client::Pool::spare(const Connection& connection, async::TimePoint now) const {
  return connection.site().idle.size() > options.idle_connections_max && lingers(connection, now);
}

bool Client::Pool::evict_elsewhere(const Site& site) {
  for (auto& [origin, other] : sites_) {
    if (&other != &site && !other.idle.empty()) {
      other.idle.erase(other.idle.begin());
      add(counts_->idle, -1);
      return true;
    }
  }
  return false;
}

void Client::Pool::sweep_soon() {
  if (std::exchange(sweeping_, true)) {
    return;
  }
  boost::asio::post(loop_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->sweep();
    }
  });
}

void Client::Pool::sweep() {
  sweeping_ = false;
  const auto now = async::SteadyClock::now();
  for (auto& [origin, site] : sites_) {
    // The least recently used stand in front, so those that are spare do.
    std::size_t kept = site.idle.size();
    const auto gone = std::erase_if(site.idle, [&](const auto& connection) {
      const bool spare = kept > options.idle_connections_max && lingers(*connection, now);
      const bool ends = spare || connection->worn_out(now) || !connection->quiet();
      kept -= ends ? 1 : 0;
      return ends;
    });
    add(counts_->idle, -static_cast<std::ptrdiff_t>(gone));
  }
}

void Client::Pool::close() {
  closed_ = true;
  // Connections hold the pool; letting the idle ones go breaks the circle.
  for (auto& [origin, site] : sites_) {
    const auto idle = std::move(site.idle);
    site.idle.clear();
    add(counts_->idle, -static_cast<std::ptrdiff_t>(idle.size()));
  }
}

}  // namespace layer::http
