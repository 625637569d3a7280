// An HTTP/1.1 server: keep-alive, pipelined requests answered in order, streamed bodies both ways,
// 100-continue, TLS, limits on everything, graceful stop.
//
// One acceptor hands connections to the loops in turn. SO_REUSEPORT acceptors would spare the hand
// over, but they spread connections by hash (two busy ones may share a loop while another idles)
// and let a second process bind the same port unnoticed. A connection stays on its loop for life.
//
// Thread safety: start(), stop(), abort() from threads that are not loops; the counters from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "async/loops.h"
#include "async/task_group.h"
#include "http/message.h"
#include "http/parser.h"
#include "http/tls.h"

namespace layer::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one, see Server::port()
  TlsContext tls{};        // null: plain
  HeadLimits head{};
  std::uint64_t body_bytes_max = 512ULL << 20;  // as sent, before decompression
  async::Duration head_time_max = std::chrono::seconds(10);
  async::Duration idle_time_max = std::chrono::seconds(3600);
  // A body must bring `body_progress_bytes_min` in each window while the handler waits for it.
  async::Duration body_progress_window = std::chrono::seconds(30);
  std::size_t body_progress_bytes_min = 16 * 1024;
  async::Duration write_progress_time_max = std::chrono::seconds(60);
  std::size_t connections_max = 16 * 1024;                // beyond: 503 and close
  async::Duration tick = std::chrono::milliseconds(250);  // how exact time-outs are
};

class Connection;
struct ServerLoop;

class Server {
 public:
  // Binds, listens and accepts. `handler` and `loops` outlive the server.
  // Errors: kInvalidArgument (address), kIo (port in use, no permission).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, async::Loops& loops,
                                               Handler& handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  // "127.0.0.1:8080", "[::1]:8080"
  std::string bound_address() const;

  // Graceful: answers carry "connection: close" from now on, the listener stays open for `delay`
  // (load balancers look away), then it and idle connections are closed and requests in flight get
  // `timeout` to finish; what is left is aborted. Returns true when nothing had to be.
  //
  // `refuse` is called when the delay is over. When it returns true the listener stays open while
  // requests are in flight, so that the handler can answer the late ones with a refusal of its own.
  bool stop(async::Duration delay, async::Duration timeout,
            const std::function<bool()>& refuse = {});
  // Ends every connection now; a stop() under way returns soon.
  void abort();

  std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  std::size_t requests_in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  const ServerOptions& options() const { return options_; }

 private:
  friend class Connection;
  Server(ServerOptions options, async::Loops& loops, Handler& handler);
  Result<void> listen();
  async::Task<> accept_loop();
  void adopt(async::Socket socket, ServerLoop& loop);
  void connection_ended();
  void close_listener();
  void each_connection(void (Connection::*action)());

  ServerOptions options_;
  async::Loops& loops_;
  Handler& handler_;
  async::Acceptor acceptor_;
  async::TaskGroup accepting_;
  std::vector<std::unique_ptr<ServerLoop>> workers_;
  std::uint16_t port_ = 0;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> in_flight_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool aborted_ = false;
  bool stopped_ = false;
};

}  // namespace layer::http
