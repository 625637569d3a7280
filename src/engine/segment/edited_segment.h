// Damage that checksums do not find: edits the sections of a segment and writes them anew. Test
// code only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/storage/sections.h"

namespace layer::engine::segment {

struct Edit {
  std::uint32_t offset = 0;  // into all sections one after the other, modulo their size
  std::uint8_t value = 0;
};

inline std::vector<std::byte> edited_segment(const std::vector<std::byte>& good,
                                             std::span<const Edit> edits) {
  const auto reader = storage::SectionReader::open(storage::memory_blob(good)).value();
  std::uint64_t total = 0;
  for (const storage::SectionKey& key : reader.keys()) {
    total += reader.section(key).size();
  }
  storage::MemorySink sink;
  storage::SectionWriter writer(sink);
  std::uint64_t before = 0;
  for (const storage::SectionKey& key : reader.keys()) {
    const auto section = reader.section(key);
    std::vector<std::byte> bytes(section.begin(), section.end());
    for (const Edit& edit : edits) {
      const std::uint64_t at = edit.offset % total;
      if (at >= before && at < before + bytes.size()) {
        bytes[at - before] = static_cast<std::byte>(edit.value);
      }
    }
    before += bytes.size();
    static_cast<void>(writer.add(key, bytes));
  }
  static_cast<void>(writer.finish());
  return sink.take();
}

}  // namespace layer::engine::segment
