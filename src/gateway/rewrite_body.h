// A write body too large to hold, stamped while it passes (rule W4 of the contract). Thread safety:
// one loop. Cost: about a nanosecond a byte on the loop, a piece at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "features/writes/streaming_rewriter.h"
#include "http/body.h"

namespace layer::gateway {

class RewriteBody final : public http::Body {
 public:
  // `inner`, decoded, outlives the body; `stamp` in epoch milliseconds.
  RewriteBody(http::Body& inner, const features::writes::StampRules& rules, std::int64_t stamp)
      : inner_(inner), rewriter_(rules, stamp) {}

  // Errors: those of `inner` and of the rewriter, before the last piece is given out, so the store
  // never has a complete body that was to be refused.
  async::Task<Result<std::string_view>> next() override;

  features::writes::Summary summary() const { return rewriter_.summary(); }

 private:
  http::Body& inner_;
  features::writes::StreamingRewriter rewriter_;
  bool over_ = false;
};

}  // namespace layer::gateway
