// One connection's bytes, plain or TLS, with a deadline that a Ticker checks. Thread safety: one
// loop. A plain write that the kernel takes at once costs one system call and no suspension.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ssl/stream.hpp>

#include "async/task.h"
#include "http/tls.h"

namespace layer::http {

class Stream {
 public:
  // Up to this size, copying a body behind its head costs less than a second buffer in the call.
  static constexpr std::size_t kJoinBytesMax = 4 * 1024;

  using IoError = boost::system::error_code;
  struct Read {
    IoError error;
    std::size_t bytes = 0;
  };

  explicit Stream(async::Socket socket);

  async::Task<IoError> handshake_as_server(const TlsContext& context);
  // Sends SNI and verifies the certificate against `host`.
  async::Task<IoError> handshake_as_client(const TlsContext& context, const std::string& host);

  async::Task<Read> read_some(char* into, std::size_t bytes_max);
  // Writes head and body in full; each step must make progress within `patience`.
  async::Task<IoError> write(std::string_view head, std::string_view body, std::string_view tail,
                             async::Duration patience);
  // All that write() handed to the system (or to TLS) so far.
  std::uint64_t bytes_written() const { return bytes_written_; }
  // Ends the stream in order: the peer sees the end of what was sent.
  async::Task<> shutdown(async::Duration patience);
  void close();

  // From this time on a pending operation is cancelled at the next tick, and expired() holds.
  void set_deadline(async::TimePoint at) { deadline_ = at; }
  void clear_deadline() { deadline_ = async::TimePoint::max(); }
  bool expired() const { return expired_; }
  void check(async::TimePoint now);
  void cancel();

  // True when the peer closed its sending side or the connection broke, even with unread bytes.
  bool peer_gone() const;
  // True when a kept connection can carry another request: open, and silent as it should be.
  bool quiet() const;
  // True when a plain connection has something to read. Unknown, so false, under TLS.
  bool readable() const;
  async::Socket& socket() { return tls_ ? tls_->next_layer() : plain_; }
  const async::Socket& socket() const { return tls_ ? tls_->next_layer() : plain_; }

 private:
  async::Socket plain_;
  TlsContext context_;
  std::unique_ptr<boost::asio::ssl::stream<async::Socket>> tls_;
  async::TimePoint deadline_ = async::TimePoint::max();
  bool expired_ = false;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace layer::http
