// Which node is master of which of the 4096 partitions, as each node says of itself.
// Thread safety: plain values.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "cache/aerospike/protocol.h"
#include "core/error.h"

namespace layer::cache::aerospike {

using PartitionSet = std::bitset<kPartitions>;

struct OwnedPartitions {
  std::uint64_t regime = 0;  // of two nodes that claim a partition the higher regime is right
  PartitionSet masters;
};

// The answer to "replicas": "ns:regime,copies,base64 bitmap of masters,...;ns:...". Errors:
// kNotFound: the namespace is not among them; kCorrupt.
Result<OwnedPartitions> parse_replicas(std::string_view text, std::string_view ns);

}  // namespace layer::cache::aerospike
