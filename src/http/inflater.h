// gzip undone step by step, for who gets the input in pieces and wants the output in pieces.
// Thread safety: a plain object. Cost: 40 KiB of state, about 2 ns a byte of output.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.h"

namespace layer::http {

class Inflater {
 public:
  explicit Inflater(std::uint64_t bytes_max);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // At most 4 GiB; it stays until step() has returned 0.
  void feed(std::string_view piece);
  // Bytes written to `out`; 0 when more input is needed. Several gzip members in a row are one
  // text. Errors: kInvalidArgument (not gzip, or damaged), kPayloadTooLarge beyond the limit.
  Result<std::size_t> step(char* out, std::size_t size);
  // Errors: kInvalidArgument when the input ended too early.
  Result<void> finish() const;

 private:
  z_stream stream_{};
  std::uint64_t bytes_max_;
  std::uint64_t total_ = 0;
  bool member_ended_ = false;
  bool pending_ = false;
};

}  // namespace layer::http
