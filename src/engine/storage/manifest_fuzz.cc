// Any bytes as a manifest or a tombstone file. What is accepted is written again as it was.
#include <algorithm>
#include <cstdlib>
#include <span>

#include "engine/storage/manifest.h"
#include "testing/fuzz.h"

LAYER_FUZZ_TARGET(manifest_fuzz) {
  using namespace layer::engine::storage;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto manifest = decode_manifest(bytes, "fuzz")) {
    const auto again = decode_manifest(encode_manifest(*manifest), "fuzz");
    if (!again || *again != *manifest) {
      std::abort();
    }
  }
  if (const auto tombstones = decode_tombstones(bytes, "fuzz")) {
    if (tombstones->words.size() != (std::size_t{tombstones->universe} + 63) / 64) {
      std::abort();
    }
  }
}
