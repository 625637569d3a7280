// Bodies that are kept while they pass, without delaying a byte. Thread safety: one loop. Cost: one
// copy of at most the first 1 MiB.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "features/capture/kept_text.h"
#include "gateway/exchange.h"

namespace layer::gateway {

// While it lives, what is read of the request's body is kept in `kept`.
class CopiedRequest final : public http::Body {
 public:
  CopiedRequest(Exchange& exchange, features::capture::KeptText& kept);
  ~CopiedRequest() override { exchange_.request.body = inner_; }
  CopiedRequest(const CopiedRequest&) = delete;
  CopiedRequest& operator=(const CopiedRequest&) = delete;

  async::Task<Result<std::string_view>> next() override;
  std::optional<std::uint64_t> size() const override { return inner_->size(); }
  bool rewind() override;

 private:
  Exchange& exchange_;
  http::Body* const inner_;
  features::capture::KeptText& kept_;
};

// The body of an answer. A piece is kept when the next one is asked for, when it is on its way to
// the caller. `ended` is called once, when the body goes and what it wrapped is gone.
class CopiedAnswer final : public http::Body {
 public:
  using Ended = std::move_only_function<void(features::capture::KeptText)>;
  CopiedAnswer(std::unique_ptr<http::Body> inner, features::capture::KeptText kept, Ended ended)
      : inner_(std::move(inner)), kept_(std::move(kept)), ended_(std::move(ended)) {}
  ~CopiedAnswer() override;
  CopiedAnswer(const CopiedAnswer&) = delete;
  CopiedAnswer& operator=(const CopiedAnswer&) = delete;

  async::Task<Result<std::string_view>> next() override;
  std::optional<std::uint64_t> size() const override { return inner_->size(); }

 private:
  std::unique_ptr<http::Body> inner_;
  features::capture::KeptText kept_;
  std::string_view piece_;  // valid until the next one is asked for
  Ended ended_;
};

}  // namespace layer::gateway
