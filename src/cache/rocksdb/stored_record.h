// The bytes of a record on disk, as docs/formats/cache-disk.md lays them out: attributes (every bin
// but the vectors) under one key, vectors under another, each with a checksum that covers its key.
// Thread safety: free functions. Decoding takes any bytes: kCorrupt, and no allocation beyond them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cache/record_store.h"

namespace layer::cache {

// Milliseconds of the store's own time: epoch milliseconds that never step back (disk_records.h).
using DiskTime = std::int64_t;
inline constexpr DiskTime kNever = INT64_MAX;

// What is known of a record beside its bins.
struct StoredMeta {
  std::uint64_t version = 0;
  DiskTime expires_ms = kNever;
  DiskTime held_until_ms = 0;
  std::uint64_t vectors_bytes = 0;
  bool has_vectors = false;
  std::uint32_t slice = 0;  // where it lies; not stored

  bool operator==(const StoredMeta&) const = default;
};

struct StoredRecord {
  Record record{};
  StoredMeta meta{};
};

enum class Part : char { kAttributes = 'a', kVectors = 'v' };

// Precondition: 1 to kSetBytesMax bytes of `set`.
std::string disk_key(Part part, std::string_view set, std::string_view key);
// Keys of the set lie in [disk_set_begin, disk_set_end).
std::string disk_set_begin(Part part, std::string_view set);
std::string disk_set_end(Part part, std::string_view set);
// The set and the key of a disk_key(); false: it is none.
bool split_disk_key(std::string_view disk_key, std::string_view& set, std::string_view& key);

// `meta.slice` and what it says of the vectors are ignored: the bins say that.
std::string encode_attributes(std::string_view disk_key, const StoredMeta& meta, const Bins& bins);
std::string encode_vectors(std::string_view disk_key, std::uint64_t version,
                           std::string_view vectors);

// A value of these contents with its checksum in front.
std::string seal_record(std::string_view disk_key, std::string_view content);

// Returns the bins of `bins` that are stored here; the vectors are not.
Result<StoredRecord> decode_attributes(std::string_view disk_key, std::string_view value,
                                       BinSet bins);
struct StoredVectors {
  std::uint64_t version = 0;
  std::string_view bytes;  // into the value
};
Result<StoredVectors> decode_vectors(std::string_view disk_key, std::string_view value);

}  // namespace layer::cache
