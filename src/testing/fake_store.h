// A vector store whose answers a test writes and whose calls a test reads. Thread safety: calls are
// kept under a lock; the script itself runs on the caller's loop.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "store/vector_store.h"

namespace layer::testing {

struct SeenCall {
  std::string method;
  std::string target;
  http::Headers headers;
  std::string authorization;
  std::string body;       // read to its end when the script asks for nothing else
  bool streamed = false;  // it came as a stream
  store::CallKind kind{};
  async::TimePoint deadline{};
};

class FakeStore final : public store::VectorStore {
 public:
  // Gets the call with its body read; what it returns is the answer.
  using Script = std::function<async::Task<Result<store::Answer>>(const SeenCall&)>;

  explicit FakeStore(std::string name = "default", std::string kind = "turbopuffer")
      : name_(std::move(name)), kind_(std::move(kind)) {}

  void script(Script script) { script_ = std::move(script); }
  // A feature nobody declared is undeclared.
  void declare(std::string_view feature, store::Support support, std::string_view note = {}) {
    capabilities_.declare(feature, support, note);
  }
  void set_origin(std::string origin) { origin_ = std::move(origin); }
  // When false the body is left to the script's answer: a stream is then never read.
  void read_bodies(bool read) { read_bodies_ = read; }

  std::vector<SeenCall> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  SeenCall last() const {
    const std::lock_guard lock(mutex_);
    return calls_.empty() ? SeenCall{} : calls_.back();
  }

  async::Task<Result<store::Answer>> send(store::Call call) override {
    SeenCall seen{.method = std::move(call.method),
                  .target = std::move(call.target),
                  .headers = std::move(call.headers),
                  .authorization = std::move(call.authorization),
                  .body = std::move(call.body),
                  .streamed = call.stream != nullptr,
                  .kind = call.kind,
                  .deadline = call.deadline};
    if (call.stream != nullptr && read_bodies_) {
      LAYER_CO_ASSIGN(seen.body, co_await http::read_all(*call.stream, 1ULL << 30U));
    }
    keep(seen);
    if (!script_) {
      co_return store::Answer{.body = "{}"};
    }
    co_return co_await script_(seen);
  }

  std::string_view name() const override { return name_; }
  std::string_view kind() const override { return kind_; }
  std::string_view origin() const override { return origin_; }
  const store::Capabilities& capabilities() const override { return capabilities_; }
  store::StoreStatus status() const override { return {}; }

 private:
  void keep(const SeenCall& seen) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(seen);
  }

  std::string name_;
  std::string kind_;
  std::string origin_;
  store::Capabilities capabilities_;
  Script script_;
  bool read_bodies_ = true;
  mutable std::mutex mutex_;
  std::vector<SeenCall> calls_;
};

// An answer of the store with a body that is text.
inline store::Answer answer(int status, std::string body, http::Headers headers = {}) {
  if (!headers.has("content-type")) {
    headers.add("content-type", "application/json");
  }
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

}  // namespace layer::testing
