// A container of named, checksummed byte sections: the outer format of a segment
// (docs/formats/segment.md). Sections start at multiples of 64 bytes of the blob, so that typed
// arrays and SIMD loads work on a mapping. Thread safety: a writer belongs to one thread; a reader
// is immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
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

inline constexpr std::size_t kSectionAlignment = 64;
inline constexpr std::uint32_t kSectionsVersion = 1;

// Where a segment is written: a file, or memory for small ones.
class SectionSink {
 public:
  virtual ~SectionSink() = default;
  virtual Result<void> append(std::span<const std::byte> bytes) = 0;
  // Everything appended so far, readable while more is appended: a second pass over what was
  // streamed need not be kept in memory.
  virtual Result<std::shared_ptr<const Blob>> read_back() = 0;
};

class SectionWriter {
 public:
  explicit SectionWriter(SectionSink& sink);
  Result<void> begin(SectionKey key);  // ends the section before
  Result<void> append(std::span<const std::byte> bytes);
  Result<void> add(SectionKey key, std::span<const std::byte> bytes);
  std::uint64_t section_offset() const;  // of the open section, from the start of the blob
  std::uint64_t section_size() const;    // bytes of the open section so far
  Result<void> finish();                 // directory, footer with checksum; keys must be distinct

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class SectionReader {
 public:
  // Checks header, footer and directory; a section's checksum is checked by verify(). Errors:
  // kCorrupt, naming the blob and the offset.
  static Result<SectionReader> open(std::shared_ptr<const Blob> blob);
  // Empty span: no such section.
  std::span<const std::byte> section(SectionKey key) const;
  bool has(SectionKey key) const;
  std::vector<SectionKey> keys() const;  // ascending
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
  Result<std::shared_ptr<const Blob>> read_back() override;  // a copy
  std::vector<std::byte> take();

 private:
  std::vector<std::byte> bytes_;
};

// Writes a segment to a new file, in pieces of about a MiB. finish() makes it durable; the name is
// durable after sync_directory().
class FileSink final : public SectionSink {
 public:
  static Result<FileSink> create(FileSystem& files, std::filesystem::path path);
  Result<void> append(std::span<const std::byte> bytes) override;
  Result<std::shared_ptr<const Blob>> read_back() override;  // a mapping
  Result<void> finish();
  std::uint64_t size() const { return file_->size() + buffer_.size(); }

 private:
  FileSink(FileSystem& files, std::filesystem::path path, std::unique_ptr<WritableFile> file)
      : files_(&files), path_(std::move(path)), file_(std::move(file)) {}
  Result<void> flush();

  FileSystem* files_;
  std::filesystem::path path_;
  std::unique_ptr<WritableFile> file_;
  std::vector<std::byte> buffer_;
};

}  // namespace layer::engine::storage
