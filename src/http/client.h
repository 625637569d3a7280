// An HTTP/1.1 client: kept connections per origin, streamed bodies both ways, TLS with SNI, limits
// on time and size. One client a loop. Thread safety: its loop only.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "async/task.h"
#include "http/body.h"
#include "http/headers.h"
#include "http/origin.h"
#include "http/parser.h"
#include "http/tls.h"

namespace layer::http {

struct ClientOptions {
  async::Duration connect_time_max = std::chrono::seconds(2);
  async::Duration tls_time_max = std::chrono::seconds(5);
  async::Duration progress_time_max = std::chrono::seconds(30);  // each read and write of a body
  async::Duration idle_time_max = std::chrono::seconds(300);
  std::size_t idle_connections_max = 32;  // of one origin
  std::size_t connections_max = 256;      // of all origins
  HeadLimits head{};
  TlsContext tls{};  // needed for https origins
  async::Duration tick = std::chrono::milliseconds(250);
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  Headers headers{};  // without host, content-length, transfer-encoding and connection
  std::string body{};
  Body* stream = nullptr;  // instead of `body`; read once, so such a request is never repeated
  async::Duration total_time_max = std::chrono::seconds(60);
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::unique_ptr<Body>
      body;  // owns the connection, which is kept once the body is read to its end
};

class Client {
 public:
  Client(async::Loop& loop, ClientOptions options);
  // Closes the idle connections. Bodies may outlive the client; the loop may not be gone.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Completes when the response's head is there. A request on a kept connection that the server
  // closed meanwhile is sent once more on a fresh one, if nothing of it was sent or it is
  // idempotent. Errors: kUnavailable (cannot connect, connection lost, too many connections),
  // kTimeout, kInvalidArgument (the answer is not HTTP), kCancelled.
  async::Task<Result<ClientResponse>> send(const Origin& origin, ClientRequest request);

  std::size_t idle_connections() const;

 private:
  struct Pool;
  class Connection;
  class ResponseBody;

  async::Task<Result<std::unique_ptr<Connection>>> connect(const Origin& origin,
                                                           async::TimePoint deadline);
  static async::Task<Result<ClientResponse>> exchange(std::unique_ptr<Connection> connection,
                                                      const ClientRequest& request,
                                                      async::TimePoint deadline, bool& untouched);

  std::shared_ptr<Pool> pool_;
};

}  // namespace layer::http
