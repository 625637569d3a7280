// One event loop's connections to one node: a bounded number, each with one request under way, kept
// for the next. Requests are not sent behind each other on one connection: the server answers a
// connection in order, so a slow scan or a large record would hold up what comes behind it.
// Thread safety: its loop.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/ticker.h"
#include "cache/aerospike/connection.h"
#include "cache/aerospike/node.h"
#include "http/resolver.h"

namespace layer::cache::aerospike {

// What every connection of the cluster is made with.
struct Access {
  AerospikeOptions options;
  std::string password_hash{};  // empty: no authentication
  http::TlsContext tls{};       // null: none
};

// What the connections of one loop share.
struct LoopTools {
  explicit LoopTools(async::Loop& l) : loop(l), ticker(l, kTick), resolver(l) {}

  static constexpr std::chrono::milliseconds kTick{20};  // how late a time-out may be

  async::Loop& loop;
  async::Ticker ticker;
  http::Resolver resolver;
};

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  // A connection in use. It is closed with the lease unless it was given back.
  class Lease {
   public:
    Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection, bool fresh)
        : pool_(std::move(pool)), connection_(std::move(connection)), fresh_(fresh) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }
    bool fresh() const { return fresh_; }  // not kept from an earlier request
    void give_back();

   private:
    std::shared_ptr<Pool> pool_;
    std::unique_ptr<Connection> connection_;
    bool fresh_;
  };

  Pool(LoopTools& tools, const Access& access, std::shared_ptr<Node> node)
      : tools_(tools), access_(access), node_(std::move(node)) {}

  // Errors: kUnavailable (unreachable, refused, all in use for too long), kCancelled.
  async::Task<Result<Lease>> take(async::TimePoint deadline);
  void close();
  void drop_idle() { idle_.clear(); }

  std::size_t open() const { return open_; }

 private:
  struct Session {
    std::string token;
    async::TimePoint until;
  };

  async::Task<Result<std::unique_ptr<Connection>>> connect(async::TimePoint deadline);
  async::Task<Result<async::Socket>> open_socket(async::TimePoint deadline);
  async::Task<Result<void>> authenticate(Connection& connection, async::TimePoint deadline);
  async::Task<Result<void>> log_in(Connection& connection, async::TimePoint deadline);
  std::unique_ptr<Connection> take_idle();
  void freed();

  LoopTools& tools_;
  const Access& access_;
  const std::shared_ptr<Node> node_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the longest idle first
  std::size_t open_ = 0;                           // idle ones not counted
  std::list<async::Timer*> waiting_;
  std::optional<Session> session_;
  bool closed_ = false;
};

}  // namespace layer::cache::aerospike
