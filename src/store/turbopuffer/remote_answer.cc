#include "store/turbopuffer/remote_answer.h"

#include <charconv>

#include "http/end_to_end.h"
#include "store/turbopuffer/upstream_error.h"

namespace layer::store {
namespace {

class SizeOnlyBody final : public http::Body {
 public:
  explicit SizeOnlyBody(std::uint64_t size) : size_(size) {}
  async::Task<Result<std::string_view>> next() override { co_return std::string_view{}; }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::uint64_t size_;
};

class AnswerBody final : public http::Body {
 public:
  AnswerBody(std::unique_ptr<http::Body> inner, std::string_view store, async::TimePoint deadline,
             StoreMetrics& metrics)
      : inner_(std::move(inner)), store_(store), deadline_(deadline), metrics_(metrics) {}

  async::Task<Result<std::string_view>> next() override {
    auto piece = co_await inner_->next();
    if (!piece) {
      if (piece.error().code != ErrorCode::kCancelled) {
        metrics_.count(UpstreamOutcome::kCut);
      }
      const bool late = async::SteadyClock::now() >= deadline_;
      co_return std::unexpected(
          upstream_error(std::move(piece).error(), {.store = store_, .deadline_passed = late}));
    }
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return inner_->size(); }

 private:
  std::unique_ptr<http::Body> inner_;
  std::string_view store_;
  async::TimePoint deadline_;
  StoreMetrics& metrics_;
};

std::optional<std::uint64_t> announced(const http::Headers& headers) {
  const auto text = headers.find("content-length");
  std::uint64_t size = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), size).ec != std::errc{}) {
    return std::nullopt;
  }
  return size;
}

}  // namespace

Answer to_answer(http::ClientResponse response, bool head_only, std::string_view store,
                 async::TimePoint body_deadline, StoreMetrics& metrics) {
  Answer answer;
  answer.status = response.status;
  if (head_only) {
    if (const auto size = announced(response.headers)) {
      answer.stream = std::make_unique<SizeOnlyBody>(*size);
    }
  } else if (response.body) {
    answer.stream =
        std::make_unique<AnswerBody>(std::move(response.body), store, body_deadline, metrics);
  } else {
    answer.body = std::move(response.text);
  }
  http::keep_end_to_end(response.headers);
  answer.headers = std::move(response.headers);
  return answer;
}

}  // namespace layer::store
