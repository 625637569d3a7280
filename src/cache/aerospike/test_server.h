// An Aerospike cluster in this process, for what a real one does rarely: masters that move, nodes
// that die and come back, answers that are slow, cut off or garbage, users that are refused, TLS.
// All nodes share one set of records, as if copies were always complete.
// Thread safety: all of it; a thread a connection.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cache/aerospike/test_records.h"
#include "http/tls.h"

namespace layer::cache::aerospike::testing {

// How a node answers requests about records.
enum class Mood : std::uint8_t {
  kWell,
  kSilent,   // never
  kHangUp,   // closes the connection instead
  kCutOff,   // closes it after half of the answer
  kGarbage,  // sends something else
  kHuge,     // announces more than anybody can take
};

struct ServerOptions {
  std::size_t nodes = 1;
  std::string user{};
  std::string credential{};  // what a log-in must bring
  http::TlsContext tls{};
  std::string tls_name{};
  std::string cluster_name = "test";
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}) : options_(std::move(options)) {
    masters_.fill(0);
    for (std::size_t i = 0; i < options_.nodes; ++i) {
      nodes_.push_back(std::make_unique<Node>());
      nodes_.back()->id = fmt::format("BB{}", i);
      listen_at(*nodes_.back());
    }
    spread();
  }
  ~TestServer() {
    for (auto& node : nodes_) {
      stop(*node);
    }
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  TestRecords& records() { return records_; }
  std::uint16_t port(std::size_t node) const { return nodes_[node]->port; }
  void mood(std::size_t node, Mood mood) {
    {
      const std::scoped_lock lock(nodes_[node]->mutex);
      nodes_[node]->mood = mood;
    }
    nodes_[node]->quiet.notify_all();
  }
  // Requests about records that reached the node.
  std::size_t requests(std::size_t node) const { return nodes_[node]->requests; }
  std::size_t connections(std::size_t node) const { return nodes_[node]->accepted; }
  std::size_t logins() const { return logins_; }
  std::size_t authentications() const { return authentications_; }
  // Sessions that were handed out are not taken any more.
  void forget_sessions() { ++session_; }

  void kill(std::size_t node) {
    stop(*nodes_[node]);
    spread();
  }
  void revive(std::size_t node) {
    listen_at(*nodes_[node]);
    spread();
  }
  // Every partition goes to one node, the others pass requests on.
  void give_all_to(std::size_t node) {
    const std::scoped_lock lock(mutex_);
    masters_.fill(node);
    ++generation_;
  }

 private:
  struct Node {
    std::string id;
    std::uint16_t port = 0;
    int listener = -1;
    std::atomic<bool> up{false};
    std::atomic<Mood> mood{Mood::kWell};
    std::atomic<std::size_t> requests{0};
    std::atomic<std::size_t> accepted{0};
    std::mutex mutex;
    std::condition_variable quiet;
    std::list<int> connections;
    std::vector<std::jthread> threads;
    std::jthread acceptor;
  };
  // One connection's bytes, plain or TLS.
  class Wire {
   public:
    Wire(int fd, const http::TlsContext& tls) : fd_(fd) {
      if (tls) {
        ssl_.reset(SSL_new(tls->native_handle()));
        SSL_set_fd(ssl_.get(), fd);
        ok_ = SSL_accept(ssl_.get()) == 1;
      }
    }
    bool ok() const { return ok_; }
    bool read(char* into, std::size_t bytes) {
      while (ok_ && bytes > 0) {
        const auto n = ssl_ ? SSL_read(ssl_.get(), into, static_cast<int>(bytes))
                            : static_cast<int>(::recv(fd_, into, bytes, 0));
        ok_ = n > 0;
        into += std::max(n, 0);
        bytes -= static_cast<std::size_t>(std::max(n, 0));
      }
      return ok_;
    }
    void write(std::string_view bytes) {
      while (ok_ && !bytes.empty()) {
        const auto n =
            ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                 : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        ok_ = n > 0;
        bytes.remove_prefix(static_cast<std::size_t>(std::max(n, 0)));
      }
    }

   private:
    struct Free {
      void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    int fd_;
    std::unique_ptr<SSL, Free> ssl_;
    bool ok_ = true;
  };

  void listen_at(Node& node) {
    node.listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    ::setsockopt(node.listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(node.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(node.listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(node.listener, 64) != 0) {
      std::perror("the test server cannot listen");
      std::abort();
    }
    ::getsockname(node.listener, reinterpret_cast<sockaddr*>(&address), &size);
    node.port = ntohs(address.sin_port);
    node.up = true;
    node.acceptor = std::jthread([this, &node] { accept_all(node); });
  }
  void accept_all(Node& node) {
    while (true) {
      const int fd = ::accept(node.listener, nullptr, nullptr);
      if (fd < 0) {
        return;
      }
      ++node.accepted;
      const std::scoped_lock lock(node.mutex);
      if (!node.up) {
        ::close(fd);
        return;
      }
      node.connections.push_back(fd);
      node.threads.emplace_back([this, &node, fd] { serve(node, fd); });
    }
  }
  static void stop(Node& node) {
    if (!node.up.exchange(false)) {
      return;
    }
    ::shutdown(node.listener, SHUT_RDWR);
    node.acceptor.join();
    ::close(node.listener);
    std::vector<std::jthread> threads;
    {
      const std::scoped_lock lock(node.mutex);
      for (const int fd : node.connections) {
        ::shutdown(fd, SHUT_RDWR);
      }
      threads.swap(node.threads);
    }
    node.quiet.notify_all();
  }
  // The partitions go evenly to the nodes that are up.
  void spread() {
    std::vector<std::size_t> up;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i]->up) {
        up.push_back(i);
      }
    }
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < masters_.size() && !up.empty(); ++i) {
      masters_[i] = up[i % up.size()];
    }
    ++generation_;
  }

  void serve(Node& node, int fd) {
    {
      Wire wire(fd, options_.tls);
      bool known = options_.user.empty();
      while (wire.ok() && node.up) {
        std::array<char, 8> head{};
        if (!wire.read(head.data(), head.size())) {
          break;
        }
        std::uint64_t size = 0;
        for (std::size_t i = 2; i < head.size(); ++i) {
          size = size << 8 | static_cast<std::uint8_t>(head[i]);
        }
        std::string body(size, '\0');
        if (!wire.read(body.data(), body.size())) {
          break;
        }
        if (!reply(node, wire, head[1], body, known)) {
          break;
        }
      }
    }
    const std::scoped_lock lock(node.mutex);
    node.connections.remove(fd);
    ::close(fd);
  }
  // False: the connection ends.
  bool reply(Node& node, Wire& wire, char type, const std::string& body, bool& known) {
    if (type == 2) {
      wire.write(admin(body, known));
      return true;
    }
    if (!known) {
      return false;
    }
    if (type == 1) {
      wire.write(info(node, body));
      return true;
    }
    ++node.requests;
    const std::string answer =
        records_.answer(body, [&](std::uint16_t partition) { return is_master(node, partition); });
    switch (node.mood) {
      case Mood::kWell:
        wire.write(answer);
        return true;
      case Mood::kSilent: {
        std::unique_lock lock(node.mutex);
        node.quiet.wait(lock, [&] { return !node.up || node.mood != Mood::kSilent; });
        return false;
      }
      case Mood::kHangUp:
        return false;
      case Mood::kCutOff:
        wire.write(std::string_view(answer).substr(0, answer.size() / 2));
        return false;
      case Mood::kGarbage:
        wire.write(std::string("\x02\x03\0\0\0\0\0\x40", 8) + std::string(64, '\xfe'));
        return true;
      case Mood::kHuge:
        wire.write("\x02\x03\xff\xff\xff\xff\xff\xff");
        return true;
    }
    return false;
  }

  bool is_master(const Node& node, std::uint16_t partition) {
    const std::scoped_lock lock(mutex_);
    return nodes_[masters_[partition]].get() == &node;
  }

  std::string admin(const std::string& body, bool& known) {
    const auto number = [](std::string_view bytes) {
      std::size_t value = 0;
      for (const char c : bytes) {
        value = value << 8 | static_cast<std::uint8_t>(c);
      }
      return value;
    };
    std::array<std::string, 256> fields;
    for (std::size_t at = 16; at + 5 <= body.size();) {
      const std::size_t size = number(std::string_view(body).substr(at, 4));
      fields[static_cast<std::uint8_t>(body[at + 4])] = body.substr(at + 5, size - 1);
      at += 4 + size;
    }
    const std::string token = fmt::format("token-{}", session_.load());
    const bool login = body[2] == 20;
    login ? ++logins_ : ++authentications_;
    known = fields[0] == options_.user &&
            (login ? fields[3] == options_.credential : fields[5] == token);
    std::string out(16, '\0');
    out[1] = static_cast<char>(known ? 0 : 65);
    if (login && known) {
      out[3] = 2;
      out += std::string("\0\0\0", 3) + static_cast<char>(token.size() + 1) + '\x05' + token;
      out += std::string("\0\0\0\x05\x06\0\x01\0\0", 9);
    }
    std::string head("\x02\x02\0\0\0\0\0", 7);
    return head + static_cast<char>(out.size()) + out;
  }

  std::string info(const Node& node, std::string_view questions) {
    std::string out;
    while (!questions.empty()) {
      const std::size_t end = std::min(questions.find('\n'), questions.size());
      const std::string question(questions.substr(0, end));
      questions.remove_prefix(std::min(end + 1, questions.size()));
      out += question + "\t" + told(node, question) + "\n";
    }
    std::string head("\x02\x01\0\0", 4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      head.push_back(static_cast<char>(out.size() >> shift));
    }
    return head + out;
  }
  std::string told(const Node& node, const std::string& question) {
    if (question == "node") {
      return node.id;
    }
    if (question == "cluster-name") {
      return options_.cluster_name;
    }
    if (question == "partition-generation") {
      const std::scoped_lock lock(mutex_);
      return fmt::format("{}", generation_);
    }
    if (question == (options_.tls ? "peers-tls-std" : "peers-clear-std")) {
      return peers(node);
    }
    if (question == "replicas") {
      return "other:0,1," + std::string(684, 'A') + ";hevlayer:" + replicas(node);
    }
    if (question == "namespace/hevlayer") {
      return fmt::format("objects=1;expired_objects={};evicted_objects={};stop_writes=false",
                         records_.expired(), records_.evicted());
    }
    if (question.starts_with("truncate:namespace=hevlayer;set=")) {
      records_.truncate(question.substr(question.find("set=") + 4));
      return "ok";
    }
    return sets(question);
  }
  std::string sets(const std::string& question) {
    const std::string all = "sets/hevlayer";
    std::string out;
    for (const auto& [name, count] : records_.sets()) {
      if (question == all) {
        out += fmt::format("ns=hevlayer:set={}:objects={}:tombstones=0;", name, count);
      } else if (question == all + "/" + name) {
        return fmt::format("objects={}:tombstones=0:truncating=false;", count);
      }
    }
    return out;
  }
  std::string peers(const Node& asked) const {
    std::string out = "1,3000,[";
    for (const auto& node : nodes_) {
      if (node->up && node.get() != &asked) {
        out += fmt::format("{}[{},{},[127.0.0.1:{}]]", out.ends_with('[') ? "" : ",", node->id,
                           options_.tls_name, node->port);
      }
    }
    return out + "]";
  }
  std::string replicas(const Node& node) {
    static constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out = "0,1,";
    std::size_t bits = 0;
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < 4098; ++i) {  // 683 letters
      bits = bits << 1 | (i < masters_.size() && nodes_[masters_[i]].get() == &node ? 1U : 0U);
      if (i % 6 == 5) {
        out.push_back(kLetters[bits & 63]);
      }
    }
    return out + "=";
  }

  const ServerOptions options_;
  TestRecords records_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::mutex mutex_;
  std::array<std::size_t, 4096> masters_{};
  std::size_t generation_ = 1;
  std::atomic<std::size_t> session_{1};
  std::atomic<std::size_t> logins_{0};
  std::atomic<std::size_t> authentications_{0};
};

}  // namespace layer::cache::aerospike::testing
