// An HTTP/1.1 client: kept connections per origin, streamed bodies both ways, TLS with SNI, limits
// on time and size. One client a loop. Thread safety: its loop only, but for counts() and the
// destructor's caller, who makes sure that nothing is being sent.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "http/body.h"
#include "http/client_error.h"
#include "http/headers.h"
#include "http/origin.h"
#include "http/parser.h"
#include "http/tls.h"

namespace layer::http {

struct ClientOptions {
  async::Duration connect_time_max = std::chrono::seconds(2);  // with the look-up of the name
  async::Duration tls_time_max = std::chrono::seconds(5);
  async::Duration progress_time_max = std::chrono::seconds(30);  // each read and write of a body
  async::Duration idle_time_max = std::chrono::seconds(300);
  // A connection to a name is not used again at this age: a name may move to another address.
  // Connections to a literal address have no such end.
  async::Duration connection_age_max = std::chrono::minutes(5);
  // Connections of one origin that stay open at rest. Above that they stay for spare_time_max, so
  // that a load of more than so many at once does not open and close them all the time.
  std::size_t idle_connections_max = 32;
  async::Duration spare_time_max = std::chrono::seconds(1);
  std::size_t connections_max = 256;  // of all origins; further requests wait for one
  HeadLimits head{};
  TlsContext tls{};  // needed for https origins
  async::Duration tick = std::chrono::milliseconds(250);
};

// Whether a request goes out again, on a fresh connection, when the kept one it was given turns out
// to be closed.
enum class Resend : std::uint8_t {
  kNever,
  kUnsent,      // when not a byte of it was taken
  kUnanswered,  // and when it was, but not a byte of an answer came: for what may run twice
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  // Host, content-length and hop-by-hop fields among them are not sent: they are the client's.
  Headers headers{};
  // When set, sent instead of any among `headers`; empty: none is sent. Outlives the call.
  std::optional<std::string_view> authorization{};
  std::string body{};
  // Instead of `body`. Sent again only if its rewind() allows.
  Body* stream = nullptr;
  async::Duration total_time_max = std::chrono::seconds(60);
  std::optional<async::TimePoint> deadline{};  // instead of total_time_max
  bool body_untimed = false;       // the deadline ends with the head; the body must make progress
  bool whole_if_buffered = false;  // see ClientResponse::text
  std::optional<Resend> resend{};  // unset: kUnanswered for idempotent methods, else kUnsent
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  // Owns the connection, which is kept once the body is read to its end.
  std::unique_ptr<Body> body;
  // With whole_if_buffered, a body that came along with the head; `body` is null then.
  std::string text{};
};

// How far a request went, for who decides about sending it again.
struct SendReport {
  bool sent = false;    // the last connection took some bytes of it
  bool resent = false;  // a kept connection was found closed
};

// Connections of one client; read from any thread.
struct ClientCounts {
  std::atomic<std::size_t> open{0};  // the idle ones too
  std::atomic<std::size_t> idle{0};
};

class Client {
 public:
  Client(async::Loop& loop, ClientOptions options);
  // Closes the idle connections. Bodies may outlive the client; the loop may not be gone.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Completes when the response's head is there. `request` and `report` outlive the call. Errors
  // are those of client_error, or what the request's stream failed with.
  async::Task<Result<ClientResponse>> send(const Origin& origin, const ClientRequest& request,
                                           SendReport* report = nullptr);

  std::size_t idle_connections() const { return counts_->idle; }
  std::shared_ptr<const ClientCounts> counts() const { return counts_; }

 private:
  struct Site;
  struct Slot;
  struct Lease;
  class Pool;
  class Connection;
  class ResponseBody;

  static async::Task<Result<std::unique_ptr<Connection>>> connect(std::shared_ptr<Pool> pool,
                                                                  Site& site, Slot slot,
                                                                  async::TimePoint deadline);
  // Takes the connection when it succeeds.
  static async::Task<Result<ClientResponse>> exchange(std::unique_ptr<Connection>& connection,
                                                      const ClientRequest& request,
                                                      async::TimePoint deadline);

  std::shared_ptr<ClientCounts> counts_;
  std::shared_ptr<Pool> pool_;
};

}  // namespace layer::http
