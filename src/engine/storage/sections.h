// A container of named, checksummed byte sections: the outer format of a segment
// (docs/formats/segment.md). Sections start at multiples of 64 bytes, so that typed arrays and SIMD
// loads work on the mapping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/storage/file_system.h"

namespace layer::engine::storage {

enum class SectionKind : std::uint32_t {
  kMeta = 1,
  kIds,
  kRows,
  kColumn,
  kText,
  kVectors,
  kVectorIndex,
  kSparse,
};

struct SectionKey {
  SectionKind kind = SectionKind::kMeta;
  std::uint32_t attr = 0;  // attribute id, 0 where it means nothing
  std::uint32_t part = 0;  // several sections of one structure
  auto operator<=>(const SectionKey&) const = default;
};

// Where a segment is written: a file, or memory for small ones.
class SectionSink {
 public:
  virtual ~SectionSink() = default;
  virtual Result<void> append(std::span<const std::byte> bytes) = 0;
};

class SectionWriter {
 public:
  explicit SectionWriter(SectionSink& sink);
  Result<void> begin(SectionKey key);  // ends the section before
  Result<void> append(std::span<const std::byte> bytes);
  Result<void> add(SectionKey key, std::span<const std::byte> bytes);
  std::uint64_t section_size() const;  // bytes of the open section so far
  Result<void> finish();               // directory, footer with checksum

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class SectionReader {
 public:
  // Checks footer and directory; a section's checksum is checked by verify(). Errors: kCorrupt,
  // naming the blob and the offset.
  static Result<SectionReader> open(std::shared_ptr<const Blob> blob);
  // Empty span: no such section.
  std::span<const std::byte> section(SectionKey key) const;
  bool has(SectionKey key) const;
  std::vector<SectionKey> keys() const;
  // Reads everything once. Called when a segment file is opened.
  Result<void> verify() const;
  const std::shared_ptr<const Blob>& blob() const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// Collects a segment in memory.
class MemorySink final : public SectionSink {
 public:
  Result<void> append(std::span<const std::byte> bytes) override;
  std::vector<std::byte> take();

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace layer::engine::storage
