#include "gateway/rewrite_body.h"

namespace layer::gateway {

async::Task<Result<std::string_view>> RewriteBody::next() {
  for (;;) {
    const std::string_view out = rewriter_.pull();
    if (!out.empty() || over_) {
      co_return out;
    }
    LAYER_CO_ASSIGN(const std::string_view piece, co_await inner_.next());
    if (piece.empty()) {
      over_ = true;
      LAYER_CO_TRY(rewriter_.finish());
    } else {
      LAYER_CO_TRY(rewriter_.feed(piece));
    }
  }
}

}  // namespace layer::gateway
