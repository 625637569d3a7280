#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/storage/sections.h"
#include "engine/storage/sections_format.h"

namespace layer::engine::storage {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

template <class T>
std::span<const std::byte> raw(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

struct SectionWriter::Impl {
  explicit Impl(SectionSink& sink_in) : sink(sink_in) {}
  ~Impl() { XXH3_freeState(hash); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> put(std::span<const std::byte> bytes) {
    LAYER_TRY(sink.append(bytes));
    offset += bytes.size();
    return {};
  }

  Result<void> align() {
    constexpr std::array<std::byte, kSectionAlignment> zeros{};
    const std::size_t past = offset % kSectionAlignment;
    return past == 0 ? Result<void>{} : put(std::span(zeros).first(kSectionAlignment - past));
  }

  // The header is written with the first section.
  Result<void> start() {
    if (offset != 0) {
      return {};
    }
    return put(raw(SectionsHeader{.version = kSectionsVersion}));
  }

  void end_section() {
    if (open) {
      directory.back().size = offset - directory.back().offset;
      directory.back().checksum = XXH3_64bits_digest(hash);
      open = false;
    }
  }

  Result<void> new_entry(SectionKey key) {
    end_section();
    LAYER_TRY(start());
    LAYER_TRY(align());
    directory.push_back({.kind = std::to_underlying(key.kind),
                         .attr = key.attr,
                         .part = key.part,
                         .offset = offset});
    return {};
  }

  SectionSink& sink;
  XXH3_state_t* hash = nullptr;
  std::uint64_t offset = 0;
  bool open = false;
  std::vector<DirectoryEntry> directory;
};

SectionWriter::SectionWriter(SectionSink& sink) : impl_(std::make_shared<Impl>(sink)) {}

Result<void> SectionWriter::begin(SectionKey key) {
  LAYER_TRY(impl_->new_entry(key));
  if (impl_->hash == nullptr) {
    impl_->hash = XXH3_createState();
  }
  XXH3_64bits_reset(impl_->hash);
  impl_->open = true;
  return {};
}

Result<void> SectionWriter::append(std::span<const std::byte> bytes) {
  assert(impl_->open);
  XXH3_64bits_update(impl_->hash, bytes.data(), bytes.size());
  return impl_->put(bytes);
}

Result<void> SectionWriter::add(SectionKey key, std::span<const std::byte> bytes) {
  LAYER_TRY(impl_->new_entry(key));
  impl_->directory.back().size = bytes.size();
  impl_->directory.back().checksum = XXH3_64bits(bytes.data(), bytes.size());
  return impl_->put(bytes);
}

std::uint64_t SectionWriter::section_offset() const {
  assert(impl_->open);
  return impl_->directory.back().offset;
}

std::uint64_t SectionWriter::section_size() const {
  assert(impl_->open);
  return impl_->offset - impl_->directory.back().offset;
}

Result<void> SectionWriter::finish() {
  Impl& impl = *impl_;
  impl.end_section();
  LAYER_TRY(impl.start());
  LAYER_TRY(impl.align());
  std::ranges::sort(impl.directory, {}, [](const DirectoryEntry& entry) {
    return std::tuple(entry.kind, entry.attr, entry.part);
  });
  const auto entries = std::as_bytes(std::span(impl.directory));
  SectionsFooter footer{.directory_offset = impl.offset,
                        .entries = static_cast<std::uint32_t>(impl.directory.size()),
                        .version = kSectionsVersion,
                        .directory_checksum = XXH3_64bits(entries.data(), entries.size()),
                        .file_size = impl.offset + entries.size() + sizeof(SectionsFooter)};
  footer.checksum = XXH3_64bits(&footer, sizeof footer - sizeof footer.checksum);
  LAYER_TRY(impl.put(entries));
  return impl.put(raw(footer));
}

Result<void> MemorySink::append(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return {};
}

Result<std::shared_ptr<const Blob>> MemorySink::read_back() {
  return memory_blob(bytes_);
}

std::vector<std::byte> MemorySink::take() {
  return std::exchange(bytes_, {});
}

Result<FileSink> FileSink::create(FileSystem& files, std::filesystem::path path) {
  LAYER_ASSIGN(auto file, files.create(path));
  return FileSink(files, std::move(path), std::move(file));
}

Result<void> FileSink::append(std::span<const std::byte> bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    LAYER_TRY(flush());
  }
  if (bytes.size() > kBufferBytes) {
    return file_->append(bytes);
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return {};
}

Result<std::shared_ptr<const Blob>> FileSink::read_back() {
  LAYER_TRY(flush());
  return files_->map(path_);
}

Result<void> FileSink::finish() {
  LAYER_TRY(flush());
  LAYER_TRY(file_->sync());
  return file_->close();
}

Result<void> FileSink::flush() {
  LAYER_TRY(file_->append(buffer_));
  buffer_.clear();
  return {};
}

}  // namespace layer::engine::storage
