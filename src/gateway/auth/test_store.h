// A store that answers as a test says, on the loop that asks. Thread safety: one loop, except for
// `calls`. For tests of this folder.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "store/vector_store.h"

namespace layer::gateway {

class TestStore final : public store::VectorStore {
 public:
  explicit TestStore(std::string name = "default") : name_(std::move(name)) {}

  async::Task<Result<store::Answer>> send(store::Call call) override {
    ++calls;
    last_target = call.target;
    last_authorization = call.authorization;
    if (take_body) {
      last_body = std::move(call.body);
      if (call.stream != nullptr) {
        LAYER_CO_ASSIGN(last_body, co_await http::read_all(*call.stream, 1 << 20));
      }
    }
    if (before_answer) {
      co_await before_answer();
    }
    co_return answer(call);
  }
  std::string_view name() const override { return name_; }
  std::string_view kind() const override { return "turbopuffer"; }
  const store::Capabilities& capabilities() const override { return capabilities_; }
  store::StoreStatus status() const override { return {}; }

  std::atomic<int> calls{0};
  std::string last_target;
  std::string last_authorization;
  bool take_body = false;
  std::string last_body;
  std::function<async::Task<>()> before_answer;
  std::function<Result<store::Answer>(const store::Call&)> answer =
      [](const store::Call&) -> Result<store::Answer> { return store::Answer{}; };

 private:
  std::string name_;
  store::Capabilities capabilities_;
};

}  // namespace layer::gateway
