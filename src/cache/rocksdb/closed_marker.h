// The file `closed`, which says that the cache was closed in order and what it held. It is removed
// before the first record is served, so a directory without it was not closed: its records may be
// older than writes that were acknowledged, and are dropped. Layout: docs/formats/cache-disk.md.
// Thread safety: free functions; blocking.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cache/rocksdb/slice.h"

namespace layer::cache {

struct ClosedSlice {
  std::uint32_t id = 0;
  DiskTime last_put_ms = 0;
  std::int64_t live_bytes = 0;
  std::map<std::string, SetShare> shares{};

  bool operator==(const ClosedSlice&) const = default;
};

struct ClosedMarker {
  std::uint64_t last_version = 0;
  DiskTime closed_ms = 0;
  std::vector<ClosedSlice> slices{};  // the held one first, then from the oldest to the newest

  bool operator==(const ClosedMarker&) const = default;
};

std::string encode_closed(const ClosedMarker& marker);
// kCorrupt for bytes that are none, or of another version.
Result<ClosedMarker> decode_closed(std::string_view bytes);

// nullopt: there is none. Afterwards there is none, for certain.
Result<std::optional<std::string>> take_closed(const std::filesystem::path& directory);
Result<void> leave_closed(const std::filesystem::path& directory, const std::string& bytes);

}  // namespace layer::cache
