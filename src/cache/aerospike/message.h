// The message about records as it comes back: a head, fields, operations. One frame may hold many.
// Thread safety: plain values. Views point into the frame.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cache/aerospike/big_endian.h"
#include "cache/aerospike/protocol.h"
#include "core/error.h"

namespace layer::cache::aerospike {

struct BinView {
  std::string_view name;
  Particle type = Particle::kNull;
  std::string_view value;
};

struct Message {
  std::uint8_t info3 = 0;
  ResultCode result = ResultCode::kOk;
  std::uint32_t generation = 0;  // or the partition, of one that is done
  std::uint32_t batch_index = 0;
  std::string_view digest{};  // empty or kDigestBytes
  std::string_view key{};     // without its type
  Particle key_type = Particle::kNull;
  std::vector<BinView> bins{};

  bool last() const { return (info3 & info3::kLast) != 0; }
  bool partition_done() const { return (info3 & info3::kPartitionDone) != 0; }
};

// Reads one message. Errors: kCorrupt. Memory is bounded by the bytes that are there.
Result<Message> parse_message(Reader& reader);

}  // namespace layer::cache::aerospike
