// A store for tests: a function answers each call, and what was asked is on record. Thread safety:
// as VectorStore; read the record when no call is under way.
#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "store/vector_store.h"

namespace layer::store {

class ScriptedStore final : public VectorStore {
 public:
  using Script = std::function<Result<Answer>(const Call& call)>;

  explicit ScriptedStore(Script script, std::string name = "default",
                         std::string kind = "turbopuffer")
      : script_(std::move(script)), name_(std::move(name)), kind_(std::move(kind)) {
    for (const FeatureInfo& feature : feature_table()) {
      declared.declare(feature.id, Support::kSupported);
    }
  }

  async::Task<Result<Answer>> send(Call call) override {
    {
      const std::lock_guard lock(mutex_);
      calls.push_back(call);
      in_flight_max = std::max(in_flight_max, ++in_flight_);
    }
    // Lets other tasks of the loop run, as a call over a network would.
    co_await async::asio::post(co_await async::asio::this_coro::executor, async::kToken);
    auto answer = script_(call);
    const std::lock_guard lock(mutex_);
    --in_flight_;
    co_return answer;
  }

  std::string_view name() const override { return name_; }
  std::string_view kind() const override { return kind_; }
  const Capabilities& capabilities() const override { return declared; }
  StoreStatus status() const override { return {}; }

  // "GET /v1/namespaces", in the order they came.
  std::vector<std::string> asked() const {
    std::vector<std::string> lines;
    for (const Call& call : calls) {
      lines.push_back(call.method + " " + call.target);
    }
    return lines;
  }

  std::vector<Call> calls{};
  std::size_t in_flight_max = 0;
  Capabilities declared{};  // everything supported, until a test says otherwise

 private:
  Script script_;
  std::string name_;
  std::string kind_;
  std::mutex mutex_;
  std::size_t in_flight_ = 0;
};

// An answer with a JSON body.
inline Answer json_answer(int status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.headers.add("content-type", "application/json");
  answer.body = std::move(body);
  return answer;
}

}  // namespace layer::store
