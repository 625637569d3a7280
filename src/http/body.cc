#include "http/body.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::http {
namespace {

constexpr std::uint64_t kReserveBytesMax = 1U << 20U;

}  // namespace

Error body_too_large(std::uint64_t bytes_max) {
  return {.code = ErrorCode::kPayloadTooLarge,
          .message = fmt::format("the request body is larger than {} bytes; send less at a time",
                                 bytes_max)};
}

async::Task<Result<std::string_view>> StringBody::next() {
  if (done_) {
    co_return std::string_view{};
  }
  done_ = true;
  co_return std::string_view(text_);
}

async::Task<Result<std::string_view>> LimitBody::next() {
  LAYER_CO_ASSIGN(const std::string_view piece, co_await inner_.next());
  seen_ += piece.size();
  if (seen_ > bytes_max_) {
    co_return std::unexpected(body_too_large(bytes_max_));
  }
  co_return piece;
}

async::Task<Result<void>> HeldBody::hold() {
  LAYER_CO_ASSIGN(first_, co_await inner_.next());
  co_return Result<void>{};
}

async::Task<Result<std::string_view>> HeldBody::next() {
  if (!std::exchange(given_, true)) {
    co_return first_;
  }
  if (first_.empty() || first_.size() == inner_.size()) {
    co_return std::string_view{};  // that was all: the piece stays valid
  }
  beyond_ = true;
  co_return co_await inner_.next();
}

bool HeldBody::rewind() {
  if (beyond_) {
    return false;
  }
  given_ = false;
  return true;
}

async::Task<Result<std::string>> read_all(Body& body, std::uint64_t bytes_max) {
  const std::uint64_t announced = body.size().value_or(0);
  if (announced > bytes_max) {
    co_return std::unexpected(body_too_large(bytes_max));
  }
  std::string text;
  text.reserve(std::min(announced, kReserveBytesMax));
  while (true) {
    LAYER_CO_ASSIGN(const std::string_view piece, co_await body.next());
    if (piece.empty()) {
      co_return text;
    }
    if (piece.size() > bytes_max - text.size()) {
      co_return std::unexpected(body_too_large(bytes_max));
    }
    text += piece;
  }
}

}  // namespace layer::http
