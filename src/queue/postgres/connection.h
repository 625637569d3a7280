// One connection to PostgreSQL, driven by an event loop: nothing here waits for the network or the
// server except by suspending. Statements of one call go out together and answer together (libpq's
// pipeline), so a call costs one round trip; what is said often is prepared once.
//
// Thread safety: one loop, one call at a time. Cancellation: a call that is cancelled leaves the
// connection unusable; dropping it ends what the server still does for it (from PostgreSQL 14 on
// within a second, before that within the statement timeout).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "async/task.h"
#include "core/error.h"
#include "queue/postgres/value.h"

namespace layer::queue::postgres {

struct ConnectionSettings {
  std::string url;               // as libpq takes it
  std::string schema = "layer";  // where the tables are
  std::chrono::milliseconds connect_max = std::chrono::seconds(5);
  std::chrono::milliseconds statement_max = std::chrono::seconds(15);
  std::chrono::milliseconds idle_in_transaction_max = std::chrono::milliseconds(5000);
};

struct Notification {
  std::string channel;
  std::string payload;
};

class Connection {
 public:
  static constexpr int kServerVersionMin = 130000;

  // Errors: kUnavailable; kInvalidArgument when the server is older than kServerVersionMin.
  static async::Task<Result<std::unique_ptr<Connection>>> open(async::Loop& loop,
                                                               ConnectionSettings settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // All of them in one transaction, unless they say BEGIN themselves; an answer for each. Errors:
  // the first that failed, as failure.h says; those after it were not run. Not for statements that
  // together send or answer more than about 100 KiB: nothing is read while it writes.
  async::Task<Result<std::vector<Answer>>> run(std::vector<Statement> statements);
  async::Task<Result<Answer>> run(Statement statement);

  // What arrived on the channels this connection listens to; waits for the first.
  async::Task<Result<std::vector<Notification>>> notifications();

  // Can be given to somebody else: not lost, nothing under way, no transaction open. Looks at what
  // has arrived meanwhile; does not wait.
  bool reusable();
  // What waits ends with kUnavailable.
  void abort();

 private:
  using Descriptor = async::asio::posix::basic_stream_descriptor<async::Executor>;
  struct Sent {
    std::string prepared_as{};  // empty: a statement
    std::string_view sql{};
  };

  Connection(async::Loop& loop, PGconn* handle) : loop_(loop), handle_(handle), socket_(loop) {}
  async::Task<Result<void>> connect();
  async::Task<Result<void>> configure(ConnectionSettings settings);
  Result<void> queue(const Statement& statement, std::vector<Sent>& sent);
  async::Task<Result<void>> flush();
  async::Task<Result<std::vector<Answer>>> receive(std::vector<Sent> sent);
  async::Task<Result<void>> wait(Descriptor& socket, Descriptor::wait_type what);
  async::Task<Result<void>> until_ready();
  Error lost() const;

  async::Loop& loop_;
  PGconn* handle_;
  Descriptor socket_;  // of its own, so that closing it never closes libpq's
  std::size_t next_name_ = 0;
  bool busy_ = false;
  bool broken_ = false;
  std::unordered_map<std::string_view, std::string> prepared_;  // names by text
};

}  // namespace layer::queue::postgres
