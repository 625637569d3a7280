// The manifest: which segment files make up a namespace, and from which log on to replay. Replacing
// it by an atomic rename is the commit point of flush and compaction. Layout:
// docs/formats/manifest.md. Thread safety: plain values and free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"

namespace layer::engine::storage {

struct ManifestSegment {
  std::uint64_t number = 0;      // segment-<number>
  std::uint64_t file_bytes = 0;  // a file of another size is damaged
  std::uint64_t tombstones = 0;  // tombstones-<this>; 0: none
  bool operator==(const ManifestSegment&) const = default;
};

struct Manifest {
  std::uint64_t next_file = 1;  // numbers below are used up
  std::uint64_t first_log = 1;  // log-<n> with n below are not needed
  std::uint64_t sequence = 0;   // of the last record that the segments contain for certain
  std::vector<ManifestSegment> segments;
  std::string state;  // the owner's: schema and settings
  bool operator==(const Manifest&) const = default;
};

std::vector<std::byte> encode_manifest(const Manifest& manifest);
// Errors: kCorrupt naming the file.
Result<Manifest> decode_manifest(std::span<const std::byte> bytes, const std::string& name);

// A file with the bits of a segment's deleted documents: `universe` and its 64-bit words.
struct TombstoneFile {
  std::uint32_t universe = 0;
  std::vector<std::uint64_t> words;
};
std::vector<std::byte> encode_tombstones(const TombstoneFile& tombstones);
Result<TombstoneFile> decode_tombstones(std::span<const std::byte> bytes, const std::string& name);

}  // namespace layer::engine::storage
