// A blocking socket for tests that need to see the bytes on the wire.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace layer::http::testing {

class TestSocket {
 public:
  explicit TestSocket(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    be_patient();
  }
  // Takes over an accepted connection.
  static TestSocket adopt(int fd) { return TestSocket(Adopted{fd}); }
  ~TestSocket() { close(); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  bool connected() const { return connected_; }
  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }
  // Closes so that the other side sees a reset.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // Reads until the text has arrived; what was read, up to and with it.
  std::string read_until(std::string_view text) {
    while (buffer_.find(text) == std::string::npos && more()) {
    }
    const std::size_t at = buffer_.find(text);
    return take(at == std::string::npos ? buffer_.size() : at + text.size());
  }
  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count && more()) {
    }
    return take(std::min(count, buffer_.size()));
  }
  std::string read_to_end() {
    while (more()) {
    }
    return take(buffer_.size());
  }
  // One message with a content-length, or without a body: head and body.
  std::pair<std::string, std::string> read_message() {
    std::string head = read_until("\r\n\r\n");
    const std::size_t at = head.find("content-length: ");
    const std::size_t length =
        at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
    return {std::move(head), read_bytes(length)};
  }
  std::pair<std::string, std::string> read_response() { return read_message(); }

 private:
  struct Adopted {
    int fd;
  };
  explicit TestSocket(Adopted adopted) : fd_(adopted.fd), connected_(true) { be_patient(); }
  void be_patient() const {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  bool more() {
    std::string piece(16 * 1024, '\0');
    const ssize_t n = ::recv(fd_, piece.data(), piece.size(), 0);
    if (n <= 0) {
      return false;
    }
    buffer_.append(piece, 0, static_cast<std::size_t>(n));
    return true;
  }
  std::string take(std::size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace layer::http::testing
