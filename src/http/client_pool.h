// Internals of the client: who may have a connection. At most connections_max are open; who finds
// none free waits in line, and gets the next one that is kept or the place of the next that closes.
// Thread safety: one loop.
#pragma once

#include <list>
#include <map>
#include <vector>

#include "async/ticker.h"
#include "http/client.h"
#include "http/resolver.h"

namespace layer::http {

// Where connections lead to, and those at rest, the most recently used last.
struct Client::Site {
  Origin origin;
  std::string authority;
  bool named = false;  // by a name, whose address may change
  std::vector<std::unique_ptr<Connection>> idle{};
};

// The right to one open connection; given back when it goes.
struct Client::Slot {
  Slot() = default;
  explicit Slot(std::shared_ptr<Pool> from) : pool(std::move(from)) {}
  Slot(Slot&&) noexcept = default;
  Slot& operator=(Slot&& other) noexcept;
  ~Slot();
  std::shared_ptr<Pool> pool;
};

// A kept connection, or else a slot to open one with, or neither.
struct Client::Lease {
  std::unique_ptr<Connection> connection{};
  Slot slot{};
  explicit operator bool() const { return connection != nullptr || slot.pool != nullptr; }
};

class Client::Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(async::Loop& event_loop, ClientOptions client_options, std::shared_ptr<ClientCounts> counts)
      : options(std::move(client_options)),
        ticker(event_loop, options.tick),
        resolver(event_loop),
        loop_(event_loop),
        counts_(std::move(counts)) {}
  ~Pool();

  Site& site(const Origin& origin);
  // Without waiting; empty when all connections are in use. `may_fail`: the request may be sent
  // again when its connection turns out to be closed, so one that was in use a moment ago need not
  // be looked at first, which saves a system call a request.
  Lease try_acquire(Site& site, bool may_fail);
  Slot try_open(Site& site);
  // Errors: kBusy at the deadline, kCancelled.
  async::Task<Result<Lease>> wait(Site& site, async::TimePoint deadline);

  void keep(std::unique_ptr<Connection> connection);
  void give_back_slot();
  // True when more connections than wanted are at rest and this one has been for a while.
  bool spare(const Connection& connection, async::TimePoint now) const;
  // Closes what is idle for too long, too much, too old or closed by its peer; soon, not now.
  void sweep_soon();
  void close();

  const ClientOptions options;
  async::Ticker ticker;
  Resolver resolver;

 private:
  struct Waiter;

  std::unique_ptr<Connection> take(Site& site, bool may_fail);
  bool evict_elsewhere(const Site& site);
  void sweep();
  bool lingers(const Connection& connection, async::TimePoint now) const;

  async::Loop& loop_;
  std::shared_ptr<ClientCounts> counts_;
  std::map<Origin, Site> sites_;
  Site* last_site_ = nullptr;
  std::list<Waiter*> waiters_;
  bool sweeping_ = false;
  bool closed_ = false;
};

}  // namespace layer::http
