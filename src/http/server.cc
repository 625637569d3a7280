#include "http/server.h"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "async/deadline.h"
#include "async/run.h"
#include "http/connection.h"
#include "http/server_loop.h"

namespace layer::http {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n"
    "content-length: 71\r\nconnection: close\r\n\r\n"
    R"({"status":"error","error":"too many connections; try again in a while"})";

}  // namespace

const std::string& ServerLoop::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 40> text{};
    const std::size_t n =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    date_.assign(text.data(), n);
    date_second_ = now;
  }
  return date_;
}

Server::Server(ServerOptions options, async::Loops& loops, Handler& handler)
    : options_(std::move(options)),
      loops_(loops),
      handler_(handler),
      acceptor_(loops.at(0).get_executor()),
      accepting_(loops.at(0)) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    workers_.push_back(std::make_unique<ServerLoop>(loops.at(i), options_.tick));
  }
}

Server::~Server() {
  stop(async::Duration::zero(), async::Duration::zero());
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, async::Loops& loops,
                                              Handler& handler) {
  std::unique_ptr<Server> server(new Server(std::move(options), loops, handler));
  if (auto listening = server->listen(); !listening) {
    server->stopped_ = true;
    return std::unexpected(std::move(listening).error());
  }
  asio::post(loops.at(0), [raw = server.get()] { raw->accepting_.spawn(raw->accept_loop()); });
  return server;
}

Result<void> Server::listen() {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(options_.address, ec);
  if (ec) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an IP address to listen on", options_.address));
  }
  const asio::ip::tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) {
    acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  }
  if (!ec) {
    acceptor_.bind(endpoint, ec);
  }
  if (!ec) {
    acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  }
  if (ec) {
    return fail(ErrorCode::kIo, fmt::format("cannot listen on {} port {}: {}", options_.address,
                                            options_.port, ec.message()));
  }
  port_ = acceptor_.local_endpoint(ec).port();
  return {};
}

std::string Server::bound_address() const {
  return options_.address.find(':') == std::string::npos
             ? fmt::format("{}:{}", options_.address, port_)
             : fmt::format("[{}]:{}", options_.address, port_);
}

async::Task<> Server::accept_loop() {
  std::size_t turn = 0;
  while (acceptor_.is_open()) {
    ServerLoop& worker = *workers_[turn++ % workers_.size()];
    auto [ec, socket] = co_await acceptor_.async_accept(worker.loop.get_executor(), async::kToken);
    if (ec == asio::error::operation_aborted || !acceptor_.is_open()) {
      break;
    }
    if (ec) {
      // Out of descriptors or memory: waiting lets some connections end.
      co_await async::sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    if (connections_.load(std::memory_order_relaxed) >= options_.connections_max) {
      if (!options_.tls) {
        socket.non_blocking(true, ec);
        socket.write_some(asio::buffer(kBusy), ec);
      }
      continue;
    }
    adopt(std::move(socket), worker);
  }
}

void Server::adopt(async::Socket socket, ServerLoop& worker) {
  connections_.fetch_add(1, std::memory_order_relaxed);
  asio::post(worker.loop, [this, &worker, taken = std::move(socket)]() mutable {
    auto connection = std::make_unique<Connection>(*this, worker, std::move(taken));
    Connection& raw = *connection;
    raw.set_signal(worker.tasks.spawn(Connection::serve(std::move(connection))));
  });
}

void Server::connection_ended() {
  connections_.fetch_sub(1, std::memory_order_relaxed);
  if (draining()) {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }
}

void Server::close_listener() {
  async::run_blocking(loops_.at(0), [this]() -> async::Task<> {
    boost::system::error_code ec;
    acceptor_.close(ec);
    accepting_.cancel();
    co_await accepting_.join();
  });
}

void Server::each_connection(void (Connection::*action)()) {
  for (auto& worker : workers_) {
    asio::post(worker->loop, [&worker, action] {
      for (Connection* connection : worker->connections) {
        (connection->*action)();
      }
    });
  }
}

bool Server::stop(async::Duration delay, async::Duration timeout,
                  const std::function<bool()>& refuse) {
  if (std::exchange(stopped_, true)) {
    return true;
  }
  draining_ = true;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, delay, [this] { return aborted_; });
  }
  const auto give_up = async::SteadyClock::now() + timeout;
  if (refuse && refuse()) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, give_up, [this] { return aborted_ || requests_in_flight() == 0; });
  }
  close_listener();
  each_connection(&Connection::close_if_idle);
  bool finished = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, give_up, [this] { return aborted_ || connections() == 0; });
    finished = !aborted_ && connections() == 0;
  }
  if (!finished) {
    each_connection(&Connection::abort);
  }
  for (auto& worker : workers_) {
    async::run_blocking(worker->loop,
                        [&worker]() -> async::Task<> { co_await worker->tasks.join(); });
  }
  return finished;
}

void Server::abort() {
  {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
  }
  changed_.notify_all();
  each_connection(&Connection::abort);
}

}  // namespace layer::http
