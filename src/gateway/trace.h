// W3C trace context, version 00 and what later versions keep of it. Thread safety: pure functions;
// mint() from any thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "http/headers.h"

namespace layer::gateway {

// A traceparent: "00-<32 hex: trace>-<16 hex: parent>-<2 hex: flags>".
class Trace {
 public:
  static constexpr std::size_t kBytes = 55;

  // Strict: lower-case hex, neither id all zero, version not ff. Later versions may carry more,
  // which is kept out. nullopt when `text` is no valid one.
  static std::optional<Trace> parse(std::string_view text);
  // A new trace, sampled. Ids are random, not secret.
  static Trace mint();
  // The caller's when its one traceparent is valid, otherwise a new one.
  static Trace of(const http::Headers& headers);

  std::string_view traceparent() const { return {text_.data(), text_.size()}; }
  std::string_view id() const { return traceparent().substr(3, 32); }
  bool minted() const { return minted_; }

 private:
  std::array<char, kBytes> text_{};
  bool minted_ = false;
};

}  // namespace layer::gateway
