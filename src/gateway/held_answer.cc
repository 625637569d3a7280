#include "gateway/held_answer.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/prefixed_body.h"

namespace layer::gateway {
namespace {

// What was read of an answer, then the rest.
class Resumed final : public http::Body {
 public:
  Resumed(std::string read, std::unique_ptr<http::Body> rest)
      : rest_(std::move(rest)), body_(std::move(read), *rest_) {}
  async::Task<Result<std::string_view>> next() override { co_return co_await body_.next(); }

 private:
  std::unique_ptr<http::Body> rest_;
  PrefixedBody body_;
};

void resume(store::Answer& answer) {
  answer.stream =
      std::make_unique<Resumed>(std::exchange(answer.body, {}), std::move(answer.stream));
}

}  // namespace

bool is_encoded(const http::Headers& headers) {
  const auto coding = headers.find("content-encoding");
  return coding && http::trim(*coding) != "identity";
}

async::Task<Result<bool>> hold_answer(store::Answer& answer, std::size_t bytes_max) {
  while (answer.stream && answer.body.size() <= bytes_max) {
    const auto piece = co_await answer.stream->next();
    if (!piece) {
      resume(answer);
      co_return std::unexpected(piece.error());
    }
    if (piece->empty()) {
      answer.stream.reset();
    } else {
      answer.body += *piece;
    }
  }
  if (answer.stream) {
    resume(answer);
    co_return false;
  }
  co_return true;
}

}  // namespace layer::gateway
