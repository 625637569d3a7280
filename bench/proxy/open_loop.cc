// An open-loop HTTP load generator: requests start at fixed times whatever the answers do, and a
// latency counts from the time a request was due, not from when a connection was free for it. So a
// server that stalls is charged for everything that should have happened meanwhile (no coordinated
// omission).
//
//   open_loop --port P --path /x --body FILE --rate 20000 --seconds 5 --connections 64
//
// Prints one line of JSON: latencies in microseconds, what was sent, what failed. One thread.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kIdlePoll = std::chrono::milliseconds(10);

struct Options {
  std::uint16_t port = 0;
  std::string path = "/";
  std::string body_file;
  double rate = 1000;
  double seconds = 5;
  double warm_up_seconds = 1;
  int connections = 64;
};

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string make_request(const Options& options) {
  if (options.body_file.empty()) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\r\n",
                       options.path);
  }
  std::ifstream file(options.body_file, std::ios::binary);
  const std::string body{std::istreambuf_iterator<char>(file), {}};
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      options.path, body.size(), body);
}

// Bytes of the answer at the front of `text`; 0 while it is not all there, npos when it is no
// answer this program understands. Only answers with a content-length are.
std::size_t answer_bytes(std::string_view text, bool& ok) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) {
    return 0;
  }
  constexpr std::string_view kLength = "ontent-length: ";
  std::string lower(text.substr(0, head));
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::size_t at = lower.find(kLength);
  if (at == std::string::npos) {
    return std::string_view::npos;
  }
  std::size_t length = 0;
  std::from_chars(lower.data() + at + kLength.size(), lower.data() + lower.size(), length);
  ok = lower.size() > 9 && lower[9] == '2';
  return text.size() >= head + 4 + length ? head + 4 + length : 0;
}

struct Connection {
  int socket = -1;
  std::string received;
  Clock::time_point due;
};

class Generator {
 public:
  explicit Generator(Options options)
      : options_(std::move(options)), request_(make_request(options_)), epoll_(epoll_create1(0)) {
    connections_.resize(static_cast<std::size_t>(options_.connections));
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      open(i);
    }
  }

  void run() {
    const auto begun = Clock::now();
    const auto total = options_.warm_up_seconds + options_.seconds;
    const auto planned = static_cast<std::uint64_t>(options_.rate * total);
    measure_from_ = begun + in_clock(options_.warm_up_seconds);
    std::uint64_t started = 0;
    std::deque<Clock::time_point> waiting;  // due, but every connection is busy
    const auto give_up_at = begun + in_clock(total + 10);
    while (started < planned || busy_ > 0 || !waiting.empty()) {
      const auto now = Clock::now();
      if (now > give_up_at) {
        lost_ += waiting.size() + busy_ + (planned - started);
        break;
      }
      while (started < planned &&
             begun + in_clock(static_cast<double>(started) / options_.rate) <= now) {
        waiting.push_back(begun + in_clock(static_cast<double>(started) / options_.rate));
        ++started;
      }
      while (!waiting.empty() && !idle_.empty()) {
        send(idle_.back(), waiting.front());
        waiting.pop_front();
      }
      const bool all_started = started == planned || !waiting.empty();
      poll(all_started
               ? Clock::duration(kIdlePoll)
               : begun + in_clock(static_cast<double>(started) / options_.rate) - Clock::now());
    }
  }

  void print() {
    std::ranges::sort(latencies_us_);
    const auto at = [&](double share) {
      if (latencies_us_.empty()) {
        return 0.0;
      }
      const auto index =
          static_cast<std::size_t>(share * static_cast<double>(latencies_us_.size()));
      return latencies_us_[std::min(index, latencies_us_.size() - 1)];
    };
    fmt::print(
        R"({{"requests":{},"failed":{},"lost":{},"p50_us":{:.1f},"p90_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"max_us":{:.1f}}})"
        "\n",
        latencies_us_.size(), failed_, lost_, at(0.5), at(0.9), at(0.99), at(0.999), at(1.0));
  }

 private:
  static Clock::duration in_clock(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  void open(std::size_t index) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      give_up("connect");
    }
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    connections_[index] = {.socket = fd, .received = {}, .due = {}};
    idle_.push_back(index);
  }

  void send(std::size_t index, Clock::time_point due) {
    idle_.pop_back();
    ++busy_;
    Connection& connection = connections_[index];
    connection.due = due;
    connection.received.clear();
    std::string_view rest = request_;
    while (!rest.empty()) {
      const ssize_t n = ::send(connection.socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0) {
        give_up("send");
      }
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  // Sleeps until something comes or the next request is due: on a machine with few cores the server
  // may need this one.
  void poll(Clock::duration patience) {
    const auto ns = std::max<std::int64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(patience).count(), 0);
    const timespec limit{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
    epoll_event events[64];
    const int count = ::epoll_pwait2(epoll_, events, 64, &limit, nullptr);
    for (int i = 0; i < count; ++i) {
      receive(static_cast<std::size_t>(events[i].data.u64));
    }
  }

  void receive(std::size_t index) {
    Connection& connection = connections_[index];
    char buffer[64 * 1024];
    const ssize_t n = ::recv(connection.socket, buffer, sizeof buffer, 0);
    if (n <= 0) {
      errno = n == 0 ? ECONNRESET : errno;
      give_up("the server ended a connection");
    }
    connection.received.append(buffer, static_cast<std::size_t>(n));
    bool ok = false;
    const std::size_t bytes = answer_bytes(connection.received, ok);
    if (bytes == 0) {
      return;
    }
    if (bytes == std::string_view::npos) {
      fmt::print(stderr, "open_loop: an answer without a content-length\n");
      std::exit(1);
    }
    const auto now = Clock::now();
    if (connection.due >= measure_from_) {
      latencies_us_.push_back(
          std::chrono::duration<double, std::micro>(now - connection.due).count());
      failed_ += ok ? 0 : 1;
    }
    --busy_;
    idle_.push_back(index);
  }

  Options options_;
  std::string request_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  std::size_t busy_ = 0;
  Clock::time_point measure_from_;
  std::vector<double> latencies_us_;
  std::uint64_t failed_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"open-loop HTTP load generator"};
  app.add_option("--port", options.port)->required();
  app.add_option("--path", options.path);
  app.add_option("--body", options.body_file, "file to POST; none: GET");
  app.add_option("--rate", options.rate, "requests a second");
  app.add_option("--seconds", options.seconds);
  app.add_option("--warm-up", options.warm_up_seconds, "seconds before measuring");
  app.add_option("--connections", options.connections);
  CLI11_PARSE(app, argc, argv);
  ::prctl(PR_SET_TIMERSLACK, 1);  // ns: wake when told, not up to 50 us later
  Generator generator(std::move(options));
  generator.run();
  generator.print();
  return 0;
}
