// A store over a server that a test scripts, and the pieces of answers it is made from. Thread
// safety: one test.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "http/test_peer.h"
#include "objects/s3/s3_store.h"

namespace layer::objects::s3 {

struct SeenRequest {
  std::string head;
  std::string body;

  std::string line() const { return head.substr(0, head.find(" HTTP/")); }
  std::string header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) {
      return {};
    }
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

inline std::string reply(int status, std::string_view body = {}, std::string_view headers = {}) {
  return fmt::format("HTTP/1.1 {} Told\r\n{}content-length: {}\r\n\r\n{}", status, headers,
                     body.size(), body);
}
inline std::string fault(int status, std::string_view code, std::string_view headers = {}) {
  return reply(status, fmt::format("<Error><Code>{}</Code><Message>told</Message></Error>", code),
               headers);
}
// Instead of an answer: the connection ends without one.
inline constexpr std::string_view kHangUp = "";

// Answers requests in their order; what the last entry says is said again and again. An answer that
// announces more than it holds ends the connection behind it.
class ScriptedServer {
 public:
  using Answer = std::function<std::string(const SeenRequest&)>;

  void then(std::string answer, int times = 1) {
    for (int i = 0; i < times; ++i) {
      then_ask([answer](const SeenRequest&) { return answer; });
    }
  }
  void then_ask(Answer answer) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(answer));
  }
  std::vector<SeenRequest> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", peer_.port()); }

 private:
  Answer next(const SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
    if (script_.empty()) {
      return [](const SeenRequest&) { return std::string(kHangUp); };
    }
    Answer answer = script_.front();
    if (script_.size() > 1) {
      script_.pop_front();
    }
    return answer;
  }
  void serve(http::testing::TestSocket& socket) {
    while (true) {
      auto [head, body] = socket.read_message();
      if (head.empty()) {
        return;
      }
      const SeenRequest request{.head = std::move(head), .body = std::move(body)};
      const std::string answer = next(request)(request);
      const std::size_t at = answer.find("content-length: ");
      const std::size_t end = answer.find("\r\n\r\n");
      if (answer.empty() || !socket.send(answer) || at == std::string::npos) {
        return;
      }
      const bool whole = std::stoul(answer.substr(at + 16)) == answer.size() - end - 4;
      if (!whole && !request.head.starts_with("HEAD ")) {
        return;
      }
    }
  }

  mutable std::mutex mutex_;
  std::deque<Answer> script_;
  std::vector<SeenRequest> seen_;
  http::testing::TestPeer peer_{[this](http::testing::TestSocket& socket, int) { serve(socket); }};
};

class ScriptedBucket {
 public:
  explicit ScriptedBucket(std::function<void(S3Options&)> change = {}) {
    S3Options options;
    options.bucket = "bucket";
    options.endpoint = server.url();
    options.credentials = Credentials{.access_key_id = "id", .secret_access_key = "very secret"};
    options.limits.retry_delay = std::chrono::milliseconds(1);
    options.limits.try_time_max = std::chrono::seconds(20);
    if (change) {
      change(options);
    }
    store = std::move(*S3Store::open(std::move(options), pool, clock));
  }
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  Result<Object> get(std::string key = "k") {
    return run([&] { return store->get(key); });
  }
  Result<std::string> put(std::string bytes, Condition condition = {}) {
    return run([&] { return store->put("k", bytes, condition); });
  }

  core::ManualClock clock{1'369'353'600'000};
  async::CpuPool pool{{.name = "s3"}};
  async::Loops loops{1};
  ScriptedServer server;
  std::unique_ptr<S3Store> store;
};

}  // namespace layer::objects::s3
