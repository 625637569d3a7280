// How a record of record_store.h is kept in Aerospike: a bin of one letter for each Bin, and a bin
// with a number that every put draws anew. That number and the server's 16-bit generation are the
// record's version: the generation alone begins at 1 again whenever a record is removed, expires or
// is evicted, and comes round after 65,535 puts.
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "cache/aerospike/message.h"
#include "cache/record_store.h"

namespace layer::cache::aerospike {

inline constexpr std::string_view kNonceBin = "n";
inline constexpr std::uint64_t kNonceMax = (std::uint64_t{1} << 48) - 1;

std::string_view bin_name(Bin bin);

constexpr std::uint64_t version_of(std::uint64_t nonce, std::uint32_t generation) {
  return nonce << 16 | (generation & 0xFFFF);
}
constexpr std::uint64_t nonce_of(std::uint64_t version) {
  return version >> 16;
}
constexpr std::uint16_t generation_of(std::uint64_t version) {
  return static_cast<std::uint16_t>(version);
}

// Between 1 and kNonceMax.
std::uint64_t draw_nonce();

// Seconds, rounded up; a ttl beyond the server's limit is kTtlNever.
std::uint32_t ttl_seconds(std::chrono::milliseconds ttl);

// The record of a message that found one. Errors: kCorrupt: it is not one of ours.
Result<Record> record_of(const Message& message);

}  // namespace layer::cache::aerospike
