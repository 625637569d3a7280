#include "engine/segment/row_store.h"

#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>

namespace layer::engine::segment {
namespace {

constexpr storage::SectionKey kData{.kind = storage::SectionKind::kRows, .part = 0};
constexpr storage::SectionKey kIndex{.kind = storage::SectionKind::kRows, .part = 1};

constexpr std::size_t kBlockBytes = 16 * 1024;
// Below this compression gains less than its frame costs in time.
constexpr std::size_t kCompressBytesMin = 256;
constexpr int kCompressionLevel = 1;
// No row is larger than a document; bounds what a damaged size can make us allocate.
constexpr std::uint32_t kBlockBytesMax = 256U << 20;
// A thread's cache gives large blocks back.
constexpr std::size_t kCacheBytesMax = std::size_t{1} << 20;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

struct Cache {
  std::uint64_t store = 0;
  std::size_t block = 0;
  std::vector<std::byte> bytes;
};
Cache& cache() {
  thread_local Cache cached;
  return cached;
}

std::uint64_t next_store_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

Result<void> RowWriter::begin() {
  return out_.begin(kData);
}

Result<void> RowWriter::add(std::span<const std::byte> row) {
  if (row.size() > kBlockBytesMax / 2) {
    return fail(ErrorCode::kInternal, "a row is too large to be stored");
  }
  rows_.insert(rows_.end(), row.begin(), row.end());
  ends_.push_back(static_cast<std::uint32_t>(rows_.size()));
  return rows_.size() >= kBlockBytes ? flush() : Result<void>{};
}

// A block is the ends of its rows, then the rows.
Result<void> RowWriter::flush() {
  if (ends_.empty()) {
    return {};
  }
  const auto ends = std::as_bytes(std::span(ends_));
  block_.assign(ends.begin(), ends.end());
  block_.insert(block_.end(), rows_.begin(), rows_.end());
  std::span<const std::byte> stored = block_;
  if (compress_ && block_.size() >= kCompressBytesMin) {
    stored_.resize(ZSTD_compressBound(block_.size()));
    const std::size_t size = ZSTD_compressCCtx(compressor(), stored_.data(), stored_.size(),
                                               block_.data(), block_.size(), kCompressionLevel);
    if (ZSTD_isError(size) == 0 && size < block_.size()) {
      stored = std::span(stored_).first(size);
    }
  }
  blocks_.push_back({.offset = offset_,
                     .first_doc = documents_,
                     .size = static_cast<std::uint32_t>(block_.size())});
  offset_ += stored.size();
  documents_ += static_cast<std::uint32_t>(ends_.size());
  ends_.clear();
  rows_.clear();
  return out_.append(stored);
}

Result<void> RowWriter::finish() {
  LAYER_TRY(flush());
  blocks_.push_back({.offset = offset_, .first_doc = documents_, .size = 0});
  return out_.add(kIndex, std::as_bytes(std::span(blocks_)));
}

Result<RowStore> RowStore::open(const storage::SectionReader& sections, DocId documents) {
  const std::span<const std::byte> index = sections.section(kIndex);
  RowStore store;
  store.blob_ = sections.blob().get();
  store.data_ = sections.section(kData);
  store.number_ = next_store_number();
  store.blocks_ = {reinterpret_cast<const RowBlock*>(index.data()),
                   index.size() / sizeof(RowBlock)};
  const auto wrong = [&] { return damaged(*store.blob_, index, "the index of rows is wrong"); };
  if (index.size() % sizeof(RowBlock) != 0 || store.blocks_.empty() ||
      store.blocks_.front().offset != 0 || store.blocks_.front().first_doc != 0 ||
      store.blocks_.back().offset != store.data_.size() ||
      store.blocks_.back().first_doc != documents) {
    return wrong();
  }
  for (std::size_t i = 0; i + 1 < store.blocks_.size(); ++i) {
    const RowBlock& block = store.blocks_[i];
    const RowBlock& next = store.blocks_[i + 1];
    const std::uint64_t rows = std::uint64_t{next.first_doc} - block.first_doc;
    if (next.offset <= block.offset || next.first_doc <= block.first_doc ||
        next.offset - block.offset > block.size || block.size > kBlockBytesMax ||
        block.size < rows * sizeof(std::uint32_t)) {
      return wrong();
    }
  }
  return store;
}

Result<std::span<const std::byte>> RowStore::block_bytes(std::size_t block) const {
  const RowBlock& at = blocks_[block];
  const std::span<const std::byte> stored =
      data_.subspan(at.offset, blocks_[block + 1].offset - at.offset);
  if (stored.size() == at.size) {
    return stored;
  }
  Cache& cached = cache();
  if (cached.store == number_ && cached.block == block) {
    return cached.bytes;
  }
  cached.store = 0;
  // The frame knows its size: a damaged index must not make us allocate more.
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != at.size) {
    return damaged(*blob_, stored, "a block of rows has the wrong size");
  }
  if (cached.bytes.capacity() > kCacheBytesMax) {
    cached.bytes = {};
  }
  cached.bytes.resize(at.size);
  const std::size_t size = ZSTD_decompressDCtx(decompressor(), cached.bytes.data(),
                                               cached.bytes.size(), stored.data(), stored.size());
  if (ZSTD_isError(size) != 0 || size != at.size) {
    return damaged(*blob_, stored, "a block of rows cannot be decompressed");
  }
  cached.store = number_;
  cached.block = block;
  return cached.bytes;
}

Result<std::span<const std::byte>> RowStore::row(DocId doc) const {
  const auto after = std::ranges::upper_bound(blocks_, doc, {}, &RowBlock::first_doc);
  const auto block = static_cast<std::size_t>(after - blocks_.begin()) - 1;
  LAYER_ASSIGN(const std::span<const std::byte> bytes, block_bytes(block));
  const std::size_t rows = blocks_[block + 1].first_doc - blocks_[block].first_doc;
  const std::size_t index = doc - blocks_[block].first_doc;
  const auto end_of = [&](std::size_t row) {
    std::uint32_t end = 0;
    std::memcpy(&end, bytes.data() + row * sizeof end, sizeof end);
    return end;
  };
  const std::span<const std::byte> data = bytes.subspan(rows * sizeof(std::uint32_t));
  const std::uint32_t begin = index == 0 ? 0 : end_of(index - 1);
  const std::uint32_t end = end_of(index);
  if (begin > end || end > data.size()) {
    return damaged(*blob_, data_.subspan(blocks_[block].offset, 0), "a row lies outside its block");
  }
  return data.subspan(begin, end - begin);
}

}  // namespace layer::engine::segment
