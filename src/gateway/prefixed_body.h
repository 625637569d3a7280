// A body whose beginning was read already: gives that again, then the rest. Thread safety: one
// loop.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/limits.h"
#include "http/body.h"

namespace layer::gateway {

class PrefixedBody final : public http::Body {
 public:
  // A long prefix comes in pieces, so that who looks at them never does much at once.
  static constexpr std::size_t kPieceBytesMax = 256 * core::limits::kKiB;

  // `rest` outlives the body.
  PrefixedBody(std::string prefix, http::Body& rest) : prefix_(std::move(prefix)), rest_(rest) {}

  async::Task<Result<std::string_view>> next() override;

 private:
  std::string prefix_;
  std::size_t given_ = 0;
  http::Body& rest_;
};

}  // namespace layer::gateway
