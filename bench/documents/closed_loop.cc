// closed_loop: one thread, many connections, each asks for a random document as soon as it has its
// last answer. Speaks HTTP/1.1, Redis and memcached, so that the load costs the same whoever
// serves. Prints {"per_second":...,"p50_us":...,"p99_us":...,"wrong":...}; wrong: answers that are
// no success or hold no document.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string protocol = "http";
  std::uint16_t port = 0;
  std::string path = "/v2/namespaces/docs/documents/";
  std::uint64_t documents = 10'000;
  std::size_t connections = 64;
  double seconds = 3;
};

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "closed_loop: {}\n", why);
  std::exit(1);
}

std::string request(const Options& options, std::uint64_t id) {
  if (options.protocol == "http") {
    return fmt::format("GET {}{} HTTP/1.1\r\nHost: localhost\r\n\r\n", options.path, id);
  }
  const std::string key = fmt::to_string(id);
  return options.protocol == "redis"
             ? fmt::format("*2\r\n$3\r\nGET\r\n${}\r\n{}\r\n", key.size(), key)
             : fmt::format("get {}\r\n", key);
}

// The number after `mark` and how long the text up to the end of its line is.
std::optional<std::size_t> number_after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  std::size_t number = 0;
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const char* const begin = text.data() + at + mark.size();
  return std::from_chars(begin, text.data() + text.size(), number).ec == std::errc{}
             ? std::optional(number)
             : std::nullopt;
}

struct Reply {
  std::size_t bytes = 0;  // 0: not all of it is there
  bool right = false;
};

Reply read_http(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  const auto length = number_after(text.substr(0, end), "\r\ncontent-length: ");
  if (end == std::string_view::npos || !length || text.size() < end + 4 + *length) {
    return {};
  }
  return {.bytes = end + 4 + *length, .right = text.starts_with("HTTP/1.1 200")};
}

Reply read_redis(std::string_view text) {
  const auto end = text.find("\r\n");
  const auto length = number_after(text, "$");
  if (end == std::string_view::npos) {
    return {};
  }
  if (!length) {
    return {.bytes = end + 2};
  }
  const std::size_t bytes = end + 2 + *length + 2;
  return text.size() < bytes ? Reply{} : Reply{.bytes = bytes, .right = true};
}

Reply read_memcached(std::string_view text) {
  const auto end = text.find("\r\n");
  if (end == std::string_view::npos) {
    return {};
  }
  const auto space = text.substr(0, end).rfind(' ');
  if (!text.starts_with("VALUE ") || space == std::string_view::npos) {
    return {.bytes = end + 2};
  }
  const std::size_t bytes =
      end + 2 + *number_after(text.substr(space), " ") + std::string_view("\r\nEND\r\n").size();
  return text.size() < bytes ? Reply{} : Reply{.bytes = bytes, .right = true};
}

struct Connection {
  int socket = -1;
  std::string received;
  Clock::time_point sent;
};

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    give_up("cannot connect");
  }
  return socket;
}

class Load {
 public:
  explicit Load(const Options& options) : options_(options), epoll_(epoll_create1(0)) {
    for (std::uint64_t id = 0; id < options.documents; ++id) {
      requests_.push_back(request(options, id));
    }
    connections_.resize(options.connections);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].socket = connect_to(options.port);
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].socket, &event);
    }
  }

  void run() {
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(options_.seconds));
    for (Connection& connection : connections_) {
      ask(connection);
    }
    std::vector<epoll_event> events(connections_.size());
    while (Clock::now() < end) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
      for (int i = 0; i < ready; ++i) {
        serve(connections_[events[static_cast<std::size_t>(i)].data.u64]);
      }
    }
    report(std::chrono::duration<double>(Clock::now() - begin).count());
  }

 private:
  void ask(Connection& connection) {
    const std::string& text = requests_[random_() % requests_.size()];
    connection.sent = Clock::now();
    if (send(connection.socket, text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size())) {
      give_up("the server closed a connection");
    }
  }

  void serve(Connection& connection) {
    const ssize_t count = recv(connection.socket, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) {
      give_up("the server closed a connection");
    }
    connection.received.append(buffer_.data(), static_cast<std::size_t>(count));
    const Reply reply = options_.protocol == "http"    ? read_http(connection.received)
                        : options_.protocol == "redis" ? read_redis(connection.received)
                                                       : read_memcached(connection.received);
    if (reply.bytes == 0) {
      return;
    }
    wrong_ += reply.right ? 0 : 1;
    connection.received.erase(0, reply.bytes);
    latencies_.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - connection.sent)
            .count()));
    ask(connection);
  }

  void report(double seconds) {
    std::ranges::sort(latencies_);
    const auto at = [&](double part) {
      return latencies_.empty() ? 0.0
                                : latencies_[static_cast<std::size_t>(
                                      part * static_cast<double>(latencies_.size()))] /
                                      1000.0;
    };
    fmt::print(R"({{"per_second":{:.1f},"p50_us":{:.1f},"p99_us":{:.1f},"wrong":{}}})"
               "\n",
               static_cast<double>(latencies_.size()) / seconds, at(0.5), at(0.99), wrong_);
  }

  const Options& options_;
  const int epoll_;
  std::vector<std::string> requests_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> latencies_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 18);
  std::minstd_rand random_{7};
  std::uint64_t wrong_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("asks for documents as fast as they come");
  app.add_option("--protocol", options.protocol)
      ->check(CLI::IsMember({"http", "redis", "memcached"}));
  app.add_option("--port", options.port)->required();
  app.add_option("--path", options.path);
  app.add_option("--documents", options.documents);
  app.add_option("--connections", options.connections);
  app.add_option("--seconds", options.seconds);
  CLI11_PARSE(app, argc, argv);
  Load(options).run();
  return 0;
}
