// The rows of a segment in blocks of about 16 KiB, compressed with zstd where that helps. Rows go
// in as encoded bytes and come out as such, so that a merge copies them without decoding.
// Layout: docs/formats/segment.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/parts.h"
#include "engine/storage/sections.h"

namespace layer::engine::segment {

// As it lies in the file; one more than there are blocks: the last one holds the ends.
struct RowBlock {
  std::uint64_t offset = 0;     // of the stored bytes in the data section
  std::uint32_t first_doc = 0;  // first document of the block
  std::uint32_t size = 0;  // bytes before compression; equal to the stored size: not compressed
};
static_assert(sizeof(RowBlock) == 16);

// Streams rows into the open section of `out`. Thread safety: one thread.
class RowWriter {
 public:
  RowWriter(storage::SectionWriter& out, bool compress) : out_(out), compress_(compress) {}
  Result<void> begin();
  Result<void> add(std::span<const std::byte> row);
  Result<void> finish();

 private:
  Result<void> flush();

  storage::SectionWriter& out_;
  bool compress_;
  std::vector<RowBlock> blocks_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::byte> rows_;
  std::vector<std::byte> block_;
  std::vector<std::byte> stored_;
  std::uint64_t offset_ = 0;
  std::uint32_t documents_ = 0;
};

// Thread safety: immutable; row() keeps the block it decompressed last in memory of the thread, so
// that reading in document order decompresses each block once.
class RowStore {
 public:
  // Errors: kCorrupt. The blob of `sections` must outlive the store.
  static Result<RowStore> open(const storage::SectionReader& sections, DocId documents);

  // The encoded row, valid until the thread's next call of any store. Errors: kCorrupt.
  // Cost: up to one decompression of a block (about 10 us).
  Result<std::span<const std::byte>> row(DocId doc) const;

 private:
  Result<std::span<const std::byte>> block_bytes(std::size_t block) const;

  const storage::Blob* blob_ = nullptr;
  std::uint64_t number_ = 0;  // distinguishes stores in the threads' caches; never reused
  std::span<const std::byte> data_;
  std::span<const RowBlock> blocks_;
};

}  // namespace layer::engine::segment
