#include "gateway/prefixed_body.h"

namespace layer::gateway {

async::Task<Result<std::string_view>> PrefixedBody::next() {
  if (given_ < prefix_.size()) {
    const std::string_view piece = std::string_view(prefix_).substr(given_, kPieceBytesMax);
    given_ += piece.size();
    co_return piece;
  }
  std::string().swap(prefix_);
  given_ = 0;
  co_return co_await rest_.next();
}

}  // namespace layer::gateway
