// The envelope of every message. Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cache/aerospike/protocol.h"
#include "core/error.h"

namespace layer::cache::aerospike {

struct FrameHead {
  FrameType type = FrameType::kMessage;
  std::uint64_t bytes = 0;  // of the body
};

// A message: its head and `body`.
std::string print_frame(FrameType type, std::string_view body);

// `head` has kFrameHeadBytes. Errors: kCorrupt: another protocol, or a body above `bytes_max`.
Result<FrameHead> parse_frame_head(std::string_view head, std::uint64_t bytes_max);

}  // namespace layer::cache::aerospike
