// Zstandard in both directions, as a filter over a body and for whole strings. Decompression stops
// at a limit, in bytes and in window memory, so a small bomb cannot become a large allocation.
// Thread safety: plain objects. Cost: about 2 ns a byte to pack, 1 ns to unpack.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/body.h"
#include "http/headers.h"

namespace layer::http {

std::string zstd(std::string_view text, int level = 1);
// Errors: kInvalidArgument when the bytes are not zstd, are damaged or cut short; kPayloadTooLarge
// beyond `bytes_max`. Several frames in a row are one text.
Result<std::string> unzstd(std::string_view bytes, std::uint64_t bytes_max);

class UnzstdBody final : public Body {
 public:
  UnzstdBody(Body& inner, std::uint64_t bytes_max);
  ~UnzstdBody() override;
  async::Task<Result<std::string_view>> next() override;

 private:
  struct State;
  Body& inner_;
  std::unique_ptr<State> state_;
};

// True when Accept-Encoding names zstd with a weight above 0.
bool accepts_zstd(const Headers& headers);

}  // namespace layer::http
