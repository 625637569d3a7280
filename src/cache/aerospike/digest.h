// What Aerospike knows a record by: the RIPEMD-160 of its set, the type of its key and the key. The
// digest also says which of the 4096 partitions the record lives in. Keys are of type blob here.
// Thread safety: free functions. Cost: about a microsecond.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "cache/aerospike/protocol.h"

namespace layer::cache::aerospike {

using Digest = std::array<char, kDigestBytes>;

Digest digest_of(std::string_view set, std::string_view key, Particle type = Particle::kBlob);

std::uint16_t partition_of(std::string_view digest);

inline std::string_view view(const Digest& digest) {
  return {digest.data(), digest.size()};
}

}  // namespace layer::cache::aerospike
