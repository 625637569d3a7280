// The body of a request on its way through the gateway: as it came, or with its content coding
// undone where somebody must read it. Thread safety: one loop. The exchange outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/exchange.h"
#include "http/body.h"

namespace layer::gateway {

enum class Decoding : std::uint8_t {
  kIfNeeded,  // gzip stays, because every store reads it; zstd is undone (rule N3)
  kAlways,
};

class Upload {
 public:
  // Reads nothing yet. `decoded_bytes_max` bounds what a coded body may grow to.
  // Errors: kUnsupportedMediaType for codings other than gzip, zstd and identity.
  static Result<Upload> open(Exchange& exchange, Decoding decoding,
                             std::uint64_t decoded_bytes_max);
  ~Upload();
  Upload(Upload&&) noexcept;

  // What is left to read. Errors of next(): those of the connection, kPayloadTooLarge,
  // kInvalidArgument when the coding is damaged.
  http::Body& body();
  // True when content-encoding no longer holds for what body() gives.
  bool decoded() const;

 private:
  struct State;
  explicit Upload(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace layer::gateway
