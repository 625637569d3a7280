#include "http/stream.h"

#include <poll.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace layer::http {
namespace {

namespace asio = boost::asio;
using Buffers = std::array<asio::const_buffer, 3>;

// Drops `count` bytes from the front; true while something is left.
bool skip(Buffers& buffers, std::size_t count) {
  bool left = false;
  for (auto& buffer : buffers) {
    const std::size_t step = std::min(count, buffer.size());
    buffer += step;
    count -= step;
    left = left || buffer.size() > 0;
  }
  return left;
}

// One buffer goes out by send(), which is cheaper than sendmsg() with its lists.
std::size_t write_now(async::Socket& socket, const Buffers& buffers, Stream::IoError& ec) {
  const asio::const_buffer* only = nullptr;
  for (const auto& buffer : buffers) {
    if (buffer.size() == 0) {
      continue;
    }
    if (only != nullptr) {
      return socket.write_some(buffers, ec);
    }
    only = &buffer;
  }
  return only == nullptr ? 0 : socket.write_some(*only, ec);
}

short poll_now(const async::Socket& socket, short events) {
  pollfd request{
      .fd = const_cast<async::Socket&>(socket).native_handle(), .events = events, .revents = 0};
  return ::poll(&request, 1, 0) > 0 ? request.revents : short{0};
}

}  // namespace

Stream::Stream(async::Socket socket) : plain_(std::move(socket)) {
  IoError ec;
  plain_.set_option(asio::ip::tcp::no_delay(true), ec);
  plain_.non_blocking(true, ec);
}

async::Task<Stream::IoError> Stream::handshake_as_server(const TlsContext& context) {
  context_ = context;
  tls_ = std::make_unique<asio::ssl::stream<async::Socket>>(std::move(plain_), *context_);
  const auto [ec] = co_await tls_->async_handshake(asio::ssl::stream_base::server, async::kToken);
  co_return ec;
}

async::Task<Stream::IoError> Stream::handshake_as_client(const TlsContext& context,
                                                         const std::string& host) {
  context_ = context;
  tls_ = std::make_unique<asio::ssl::stream<async::Socket>>(std::move(plain_), *context_);
  IoError ec;
  const bool literal = (asio::ip::make_address(host, ec), !ec);
  if (!literal) {
    SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  }
  tls_->set_verify_callback(asio::ssl::host_name_verification(host), ec);
  if (ec) {
    co_return ec;
  }
  const auto [failed] =
      co_await tls_->async_handshake(asio::ssl::stream_base::client, async::kToken);
  co_return failed;
}

async::Task<Stream::Read> Stream::read_some(char* into, std::size_t bytes_max) {
  const asio::mutable_buffer space(into, bytes_max);
  if (tls_) {
    const auto [ec, n] = co_await tls_->async_read_some(space, async::kToken);
    co_return Read{ec, n};
  }
  const auto [ec, n] = co_await plain_.async_read_some(space, async::kToken);
  co_return Read{ec, n};
}

async::Task<Stream::IoError> Stream::write(std::string_view head, std::string_view body,
                                           std::string_view tail, async::Duration patience) {
  Buffers buffers{asio::buffer(head), asio::buffer(body), asio::buffer(tail)};
  while (skip(buffers, 0)) {
    IoError ec;
    std::size_t n = 0;
    if (tls_) {
      set_deadline(async::SteadyClock::now() + patience);
      std::tie(ec, n) = co_await tls_->async_write_some(buffers, async::kToken);
    } else {
      n = write_now(plain_, buffers, ec);
      if (ec == asio::error::would_block) {
        set_deadline(async::SteadyClock::now() + patience);
        std::tie(ec) = co_await plain_.async_wait(async::Socket::wait_write, async::kToken);
        n = 0;
      }
    }
    if (ec) {
      co_return ec;
    }
    bytes_written_ += n;
    skip(buffers, n);
  }
  clear_deadline();
  co_return IoError{};
}

async::Task<> Stream::shutdown(async::Duration patience) {
  if (expired_) {
    co_return;
  }
  set_deadline(async::SteadyClock::now() + patience);
  if (tls_) {
    (void)co_await tls_->async_shutdown(async::kToken);
    co_return;
  }
  IoError ec;
  plain_.shutdown(async::Socket::shutdown_send, ec);
  // What the peer still sends is read and dropped for a moment: closing with unread bytes would
  // reset the connection and could destroy the answer on its way.
  std::array<char, 4096> waste{};
  while (!ec) {
    std::tie(ec, std::ignore) = co_await plain_.async_read_some(asio::buffer(waste), async::kToken);
  }
}

void Stream::close() {
  IoError ec;
  socket().close(ec);
}

void Stream::check(async::TimePoint now) {
  if (now >= deadline_) {
    expired_ = true;
    cancel();
  }
}

void Stream::cancel() {
  IoError ec;
  socket().cancel(ec);
}

bool Stream::peer_gone() const {
  return (poll_now(socket(), POLLRDHUP) & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool Stream::readable() const {
  return !tls_ && poll_now(plain_, POLLIN) != 0;
}

bool Stream::quiet() const {
  return socket().is_open() && poll_now(socket(), POLLIN | POLLRDHUP) == 0;
}

}  // namespace layer::http
