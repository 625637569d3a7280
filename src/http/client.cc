#include "http/client.h"

#include <vector>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>

#include "async/deadline.h"
#include "http/client_connection.h"

namespace layer::http {
namespace {

namespace asio = boost::asio;
using Endpoint = asio::ip::tcp::endpoint;

bool idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

async::Task<Result<std::vector<Endpoint>>> look_up(const Origin& origin) {
  boost::system::error_code ec;
  const auto literal = asio::ip::make_address(origin.host, ec);
  if (!ec) {
    co_return std::vector{Endpoint(literal, origin.port)};
  }
  asio::ip::basic_resolver<asio::ip::tcp, async::Executor> resolver(
      co_await asio::this_coro::executor);
  const auto [failed, found] =
      co_await resolver.async_resolve(origin.host, std::to_string(origin.port), async::kToken);
  if (failed) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("cannot resolve '{}': {}", origin.host, failed.message()));
  }
  std::vector<Endpoint> endpoints;
  for (const auto& entry : found) {
    endpoints.push_back(entry.endpoint());
  }
  co_return endpoints;
}

async::Task<Result<async::Socket>> open_socket(const Origin& origin) {
  LAYER_CO_ASSIGN(const auto endpoints, co_await look_up(origin));
  async::Socket socket(co_await asio::this_coro::executor);
  const auto [ec, endpoint] = co_await asio::async_connect(socket, endpoints, async::kToken);
  if (ec) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("cannot connect to {}: {}", origin.authority(), ec.message()));
  }
  co_return socket;
}

}  // namespace

Client::Client(async::Loop& loop, ClientOptions options)
    : pool_(std::make_shared<Pool>(loop, std::move(options))) {}

Client::~Client() {
  pool_->closed = true;
  // Connections hold the pool; letting the idle ones go breaks the circle.
  const auto idle = std::move(pool_->idle);
  pool_->idle.clear();
}

std::size_t Client::idle_connections() const {
  std::size_t count = 0;
  for (const auto& [origin, kept] : pool_->idle) {
    count += kept.size();
  }
  return count;
}

async::Task<Result<std::unique_ptr<Client::Connection>>> Client::connect(
    const Origin& origin, async::TimePoint deadline) {
  const auto pool = pool_;
  if (pool->open >= pool->options.connections_max) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("{} connections are open already", pool->open));
  }
  const auto connect_by =
      std::min(deadline, async::SteadyClock::now() + pool->options.connect_time_max);
  auto socket = co_await async::with_deadline(connect_by, open_socket(origin));
  if (!socket && socket.error().code == ErrorCode::kTimeout) {
    co_return fail(ErrorCode::kTimeout,
                   fmt::format("connecting to {} took too long", origin.authority()));
  }
  if (!socket) {
    co_return std::unexpected(std::move(socket).error());
  }
  auto connection = std::make_unique<Connection>(pool, origin, std::move(*socket));
  connection->set_deadline(deadline);
  if (origin.tls) {
    LAYER_CO_TRY(co_await connection->handshake());
  }
  co_return connection;
}

async::Task<Result<ClientResponse>> Client::exchange(std::unique_ptr<Connection> connection,
                                                     const ClientRequest& request,
                                                     async::TimePoint deadline, bool& untouched) {
  connection->set_deadline(deadline);
  const bool head_only = request.method == "HEAD";
  const auto written = co_await connection->write_request(request, untouched);
  // A server may answer and close before it has read everything: the answer counts.
  const auto head = co_await connection->read_head(head_only, untouched);
  if (!head) {
    co_return std::unexpected(written ? head.error() : written.error());
  }
  ClientResponse response;
  auto& parser = connection->parser();
  response.status = parser.status;
  response.headers = std::move(parser.headers);
  response.body = std::make_unique<ResponseBody>(std::move(connection));
  co_return response;
}

async::Task<Result<ClientResponse>> Client::send(const Origin& origin, ClientRequest request) {
  const auto deadline = async::SteadyClock::now() + request.total_time_max;
  if (auto kept = pool_->take(origin)) {
    bool untouched = true;
    auto response = co_await exchange(std::move(kept), request, deadline, untouched);
    const bool lost = !response && response.error().code == ErrorCode::kUnavailable;
    const bool repeatable = request.stream == nullptr && (untouched || idempotent(request.method));
    if (!lost || !repeatable) {
      co_return response;
    }
  }
  LAYER_CO_ASSIGN(auto fresh, co_await connect(origin, deadline));
  bool untouched = true;
  co_return co_await exchange(std::move(fresh), request, deadline, untouched);
}

}  // namespace layer::http
