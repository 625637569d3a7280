#include "cache/aerospike/frame.h"

#include <fmt/format.h>

#include "cache/aerospike/big_endian.h"

namespace layer::cache::aerospike {
namespace {

constexpr unsigned kLengthBits = 48;

}  // namespace

std::string print_frame(FrameType type, std::string_view body) {
  Writer writer;
  writer.reserve(kFrameHeadBytes + body.size());
  writer.number(std::uint64_t{kFrameVersion} << 56 |
                std::uint64_t{static_cast<std::uint8_t>(type)} << kLengthBits | body.size());
  writer.raw(body);
  return writer.take();
}

Result<FrameHead> parse_frame_head(std::string_view head, std::uint64_t bytes_max) {
  const auto word = Reader(head).number<std::uint64_t>();
  const auto type = static_cast<std::uint8_t>(word >> kLengthBits);
  const FrameHead found{.type = static_cast<FrameType>(type),
                        .bytes = word & ((std::uint64_t{1} << kLengthBits) - 1)};
  if (word >> 56 != kFrameVersion || type < 1 || type > 3) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("the server does not speak Aerospike's protocol (head {:016x}); check "
                            "host and port, and whether it expects TLS",
                            word));
  }
  if (found.bytes > bytes_max) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("the server announces {} bytes, and at most {} are taken", found.bytes,
                            bytes_max));
  }
  return found;
}

}  // namespace layer::cache::aerospike
