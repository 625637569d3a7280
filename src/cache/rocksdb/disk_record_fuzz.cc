#include <cstdlib>
#include <string_view>

#include "cache/rocksdb/closed_marker.h"
#include "cache/rocksdb/stored_record.h"
#include "testing/fuzz.h"

using namespace layer::cache;

// The checksum keeps nearly every input out, so the first byte chooses what is tried: bytes as they
// are, or sealed with a checksum that holds.
LAYER_FUZZ_TARGET(disk_record_fuzz) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string key = disk_key(Part::kAttributes, "set", "key");
  static_cast<void>(decode_closed(input));
  static_cast<void>(decode_vectors(key, input));
  const std::string value =
      input.starts_with('s') ? seal_record(key, input.substr(1)) : std::string(input);
  const auto record = decode_attributes(key, value, BinSet::all());
  if (record && !record->meta.has_vectors) {
    const std::string again = encode_attributes(key, record->meta, record->record.bins);
    const auto same = decode_attributes(key, again, BinSet::all());
    if (!same || same->meta != record->meta) {
      std::abort();
    }
  }
}
