#include "cache/aerospike/pool.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "async/deadline.h"
#include "cache/aerospike/login.h"

namespace layer::cache::aerospike {
namespace {

// A session is not used up to its last second.
constexpr std::chrono::seconds kSessionSpare{60};

async::Task<Result<async::Socket>> open_at(http::Endpoint endpoint) {
  async::Socket socket(co_await async::asio::this_coro::executor);
  const auto [ec] = co_await socket.async_connect(endpoint, async::kToken);
  if (ec) {
    co_return fail(ec == async::asio::error::operation_aborted ? ErrorCode::kCancelled
                                                               : ErrorCode::kUnavailable,
                   ec.message());
  }
  co_return socket;
}

Error named(Error error, std::string_view doing, const Node& node) {
  if (error.code != ErrorCode::kCancelled) {
    error.code = ErrorCode::kUnavailable;
    error.message = fmt::format("{} Aerospike at {} failed: {}", doing, node.name(), error.message);
  }
  return error;
}

// Gives the slot of a connection that is still being made back, unless it was made.
class Slot {
 public:
  explicit Slot(std::function<void()> free) : free_(std::move(free)) {}
  ~Slot() {
    if (free_) {
      free_();
    }
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  void keep() { free_ = nullptr; }

 private:
  std::function<void()> free_;
};

}  // namespace

Pool::Lease::~Lease() {
  if (connection_) {
    connection_.reset();
    pool_->freed();
  }
}

void Pool::Lease::give_back() {
  connection_->end();
  if (!pool_->closed_) {
    pool_->idle_.push_back(std::move(connection_));
  }
  connection_.reset();
  pool_->freed();
}

void Pool::freed() {
  --open_;
  if (!waiting_.empty()) {
    waiting_.front()->cancel();
    waiting_.pop_front();
  }
}

void Pool::close() {
  closed_ = true;
  idle_.clear();
}

std::unique_ptr<Connection> Pool::take_idle() {
  std::erase_if(idle_, [this](const auto& connection) {
    return !connection->usable(access_.options.idle_time_max);
  });
  if (idle_.empty()) {
    return nullptr;
  }
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

async::Task<Result<Pool::Lease>> Pool::take(async::TimePoint deadline) {
  const auto self = shared_from_this();
  while (open_ >= access_.options.connections_max) {
    if (waiting_.size() >= access_.options.waiting_max) {
      co_return fail(ErrorCode::kUnavailable,
                     fmt::format("too many operations wait for Aerospike at {}", node_->name()));
    }
    async::Timer turn(tools_.loop.get_executor(), deadline);
    waiting_.push_back(&turn);
    const auto [ec] = co_await turn.async_wait(async::kToken);
    const bool still_waiting = std::erase(waiting_, &turn) > 0;
    if (still_waiting) {
      co_return ec
          ? fail(ErrorCode::kCancelled, "cancelled")
          : fail(ErrorCode::kUnavailable,
                 fmt::format("all connections to Aerospike at {} stayed in use", node_->name()));
    }
  }
  ++open_;
  Slot slot([&] { self->freed(); });
  bool fresh = false;
  std::unique_ptr<Connection> connection = take_idle();
  if (!connection) {
    LAYER_CO_ASSIGN(connection, co_await connect(deadline));
    fresh = true;
  } else {
    connection->begin();
  }
  slot.keep();
  co_return Lease(self, std::move(connection), fresh);
}

async::Task<Result<async::Socket>> Pool::open_socket(async::TimePoint deadline) {
  LAYER_CO_ASSIGN(
      const auto endpoints,
      co_await async::with_deadline(
          deadline, tools_.resolver.look_up(node_->address().host, node_->address().port)));
  Result<async::Socket> socket = fail(ErrorCode::kUnavailable, "it has no address");
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto now = async::SteadyClock::now();
    const auto share = (deadline - now) / static_cast<std::int64_t>(endpoints.size() - i);
    socket = co_await async::with_deadline(now + share, open_at(endpoints[i]));
    if (socket || socket.error().code == ErrorCode::kCancelled) {
      break;
    }
  }
  co_return socket;
}

async::Task<Result<std::unique_ptr<Connection>>> Pool::connect(async::TimePoint deadline) {
  if (!node_->ready(async::SteadyClock::now())) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("Aerospike at {} could not be reached a moment ago", node_->name()));
  }
  const auto failed = [this](Error error, std::string_view doing) {
    if (error.code != ErrorCode::kCancelled) {
      node_->connect_failed(async::SteadyClock::now());
    }
    return std::unexpected(named(std::move(error), doing, *node_));
  };
  auto socket = co_await open_socket(deadline);
  if (!socket) {
    co_return failed(std::move(socket).error(), "connecting to");
  }
  auto connection = std::make_unique<Connection>(std::move(*socket), tools_.ticker, node_->name());
  connection->begin();
  if (access_.tls) {
    auto agreed = co_await connection->handshake(access_.tls, node_->tls_name(), deadline);
    if (!agreed) {
      co_return failed(std::move(agreed).error(), "TLS with");
    }
  }
  if (!access_.password_hash.empty()) {
    auto known = co_await authenticate(*connection, deadline);
    if (!known) {
      co_return failed(std::move(known).error(), "authenticating to");
    }
  }
  node_->connected();
  co_return connection;
}

async::Task<Result<void>> Pool::authenticate(Connection& connection, async::TimePoint deadline) {
  if (!session_ || async::SteadyClock::now() >= session_->until) {
    co_return co_await log_in(connection, deadline);
  }
  const std::string request = print_authenticate(access_.options.user, session_->token);
  LAYER_CO_TRY(co_await connection.send(request, deadline));
  LAYER_CO_ASSIGN(const Frame frame, co_await connection.receive(kAdminBytesMax, deadline));
  LAYER_CO_ASSIGN(const LoginReply reply, parse_login_reply(frame.body));
  if (reply.result != ResultCode::kOk) {
    session_.reset();  // the next connection logs in
    co_return fail(
        ErrorCode::kUnavailable,
        fmt::format("the server refused the session (result {})", static_cast<int>(reply.result)));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Pool::log_in(Connection& connection, async::TimePoint deadline) {
  session_.reset();
  const std::string request = print_login(access_.options.user, access_.password_hash);
  LAYER_CO_TRY(co_await connection.send(request, deadline));
  LAYER_CO_ASSIGN(const Frame frame, co_await connection.receive(kAdminBytesMax, deadline));
  LAYER_CO_ASSIGN(const LoginReply reply, parse_login_reply(frame.body));
  if (reply.result == ResultCode::kSecurityNotSupported ||
      reply.result == ResultCode::kSecurityNotEnabled) {
    co_return Result<void>{};  // a server that lets everybody in
  }
  if (reply.result != ResultCode::kOk) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("the server refused the user '{}' (result {}); check "
                               "AEROSPIKE_USER and AEROSPIKE_PASSWORD",
                               access_.options.user, static_cast<int>(reply.result)));
  }
  if (!reply.session_token.empty()) {
    const auto now = async::SteadyClock::now();
    const auto ttl = reply.session_ttl.value_or(std::chrono::seconds::zero());
    session_ = Session{.token = reply.session_token,
                       .until = ttl > kSessionSpare ? now + (ttl - kSessionSpare)
                                : reply.session_ttl ? now
                                                    : async::TimePoint::max()};
  }
  co_return Result<void>{};
}

}  // namespace layer::cache::aerospike
