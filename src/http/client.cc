#include "http/client.h"

#include <vector>

#include <fmt/format.h>

#include "async/deadline.h"
#include "http/client_connection.h"

namespace layer::http {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t kOnePieceBytesMax = 8 * 1024;

bool idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

async::Task<Result<async::Socket>> open_at(Endpoint endpoint) {
  async::Socket socket(co_await asio::this_coro::executor);
  const auto [ec] = co_await socket.async_connect(endpoint, async::kToken);
  if (ec) {
    co_return fail(
        ec == asio::error::operation_aborted ? ErrorCode::kCancelled : ErrorCode::kUnavailable,
        ec.message());
  }
  co_return socket;
}

// The addresses of a name are tried in turn; each gets its share of the time that is left, so a
// dead one does not use up the time of the others.
async::Task<Result<async::Socket>> open_socket(const Origin& origin, Resolver& resolver,
                                               async::TimePoint deadline) {
  auto found = co_await async::with_deadline(deadline, resolver.look_up(origin.host, origin.port));
  if (!found && found.error().code == ErrorCode::kTimeout) {
    co_return std::unexpected(client_error(
        ClientFailure::kResolve,
        fmt::format("the address of '{}' was not found in time; check the name service",
                    origin.host)));
  }
  LAYER_CO_ASSIGN(const auto endpoints, std::move(found));
  std::string failures;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto now = async::SteadyClock::now();
    const auto share = (deadline - now) / static_cast<std::int64_t>(endpoints.size() - i);
    auto socket = co_await async::with_deadline(now + share, open_at(endpoints[i]));
    if (socket) {
      co_return std::move(*socket);
    }
    if (socket.error().code == ErrorCode::kCancelled) {
      co_return std::unexpected(client_error(ClientFailure::kCancelled, "cancelled"));
    }
    failures += fmt::format(
        "{}{}", failures.empty() ? "" : "; ",
        socket.error().code == ErrorCode::kTimeout ? "no answer in time" : socket.error().message);
  }
  co_return std::unexpected(client_error(
      ClientFailure::kConnect, fmt::format("cannot connect to {}: {}; check that it runs and that "
                                           "the URL is right",
                                           origin.authority(), failures)));
}

Resend resend_rule(const ClientRequest& request) {
  return request.resend.value_or(idempotent(request.method) ? Resend::kUnanswered
                                                            : Resend::kUnsent);
}

// A body of one piece is still at hand when its connection turns out to be closed; a longer one is
// not worth the risk.
bool easily_resent(const ClientRequest& request) {
  return resend_rule(request) == Resend::kUnanswered &&
         (request.stream == nullptr ||
          request.stream->size().value_or(kOnePieceBytesMax + 1) <= kOnePieceBytesMax);
}

bool may_resend(const ClientRequest& request, const Error& error, bool sent, bool answered) {
  const Resend resend = resend_rule(request);
  if (failure_of(error) != ClientFailure::kReset || resend == Resend::kNever || answered) {
    return false;
  }
  return (!sent || resend == Resend::kUnanswered) &&
         (request.stream == nullptr || request.stream->rewind());
}

}  // namespace

Client::Client(async::Loop& loop, ClientOptions options)
    : counts_(std::make_shared<ClientCounts>()),
      pool_(std::make_shared<Pool>(loop, std::move(options), counts_)) {}

Client::~Client() {
  pool_->close();
}

async::Task<Result<std::unique_ptr<Client::Connection>>> Client::connect(
    std::shared_ptr<Pool> pool, Site& site, Slot slot, async::TimePoint deadline) {
  const auto connect_by =
      std::min(deadline, async::SteadyClock::now() + pool->options.connect_time_max);
  LAYER_CO_ASSIGN(auto socket, co_await open_socket(site.origin, pool->resolver, connect_by));
  auto connection = std::make_unique<Connection>(std::move(slot), site, std::move(socket));
  if (site.origin.tls) {
    LAYER_CO_TRY(co_await connection->handshake(deadline));
  }
  co_return connection;
}

async::Task<Result<ClientResponse>> Client::exchange(std::unique_ptr<Connection>& connection,
                                                     const ClientRequest& request,
                                                     async::TimePoint deadline) {
  connection->begin(deadline, request.body_untimed);
  const bool head_only = request.method == "HEAD";
  const auto written = co_await connection->write_request(request);
  if (!written && failure_of(written.error()) != ClientFailure::kReset) {
    co_return std::unexpected(written.error());
  }
  // A server may answer and close before it has read everything: the answer counts.
  const auto head = co_await connection->read_head(head_only);
  if (!head) {
    co_return std::unexpected(written ? head.error() : written.error());
  }
  ClientResponse response;
  auto& parser = connection->parser();
  response.status = parser.status;
  response.headers = std::move(parser.headers);
  if (request.whole_if_buffered) {
    if (auto text = connection->whole_body()) {
      response.text = std::move(*text);
      Pool& pool = connection->pool();
      pool.keep(std::move(connection));
      co_return response;
    }
  }
  response.body = std::make_unique<ResponseBody>(std::move(connection));
  co_return response;
}

async::Task<Result<ClientResponse>> Client::send(const Origin& origin, const ClientRequest& request,
                                                 SendReport* report) {
  const auto deadline =
      request.deadline.value_or(async::SteadyClock::now() + request.total_time_max);
  const auto pool = pool_;
  Site& site = pool->site(origin);
  SendReport unwanted;
  SendReport& told = report != nullptr ? *report : unwanted;
  told = {};
  Lease lease = pool->try_acquire(site, easily_resent(request));
  while (true) {
    if (!lease) {
      LAYER_CO_ASSIGN(lease, co_await pool->wait(site, deadline));
    }
    const bool kept = lease.connection != nullptr;
    auto connection = std::move(lease.connection);
    if (!kept) {
      LAYER_CO_ASSIGN(connection, co_await connect(pool, site, std::move(lease.slot), deadline));
    }
    auto response = co_await exchange(connection, request, deadline);
    if (response) {
      co_return response;
    }
    told.sent = connection->sent();
    if (!kept || told.resent ||
        !may_resend(request, response.error(), told.sent, connection->answered())) {
      co_return response;
    }
    told.resent = true;
    connection.reset();
    lease = {.slot = pool->try_open(site)};
  }
}

}  // namespace layer::http
