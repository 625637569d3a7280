#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "engine/storage/corrupt.h"
#include "engine/storage/sections.h"
#include "engine/storage/sections_format.h"

namespace layer::engine::storage {
namespace {

SectionKey key_of(const DirectoryEntry& entry) {
  return {.kind = SectionKind{entry.kind}, .attr = entry.attr, .part = entry.part};
}

template <class T>
T load(std::span<const std::byte> bytes, std::uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// The damage of the fixed parts, or the footer. Everything is checked before it is used.
Result<SectionsFooter> read_footer(const Blob& blob) {
  const auto bytes = blob.bytes();
  const auto damaged = [&](std::uint64_t offset, std::string_view what) {
    return corrupt(blob.name(), offset, what);
  };
  if (bytes.size() < sizeof(SectionsHeader) + sizeof(SectionsFooter)) {
    return damaged(bytes.size(), "too short to be a segment");
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(std::max_align_t) != 0) {
    return fail(ErrorCode::kInternal, "a segment must lie at an aligned address");
  }
  const auto header = load<SectionsHeader>(bytes, 0);
  if (header.magic != kSectionsMagic) {
    return damaged(0, "not a segment (wrong magic)");
  }
  const std::uint64_t at = bytes.size() - sizeof(SectionsFooter);
  const auto footer = load<SectionsFooter>(bytes, at);
  if (footer.magic != kSectionsMagic) {
    return damaged(at, "no footer; the file is cut off or was never finished");
  }
  if (XXH3_64bits(&footer, sizeof footer - sizeof footer.checksum) != footer.checksum) {
    return damaged(at, "the footer's checksum is wrong");
  }
  if (header.version != kSectionsVersion || footer.version != kSectionsVersion) {
    return damaged(0, fmt::format("container version {}, this program reads version {}",
                                  footer.version, kSectionsVersion));
  }
  if (footer.file_size != bytes.size()) {
    return damaged(
        at, fmt::format("{} bytes long, the footer says {}", bytes.size(), footer.file_size));
  }
  const std::uint64_t directory_bytes = std::uint64_t{footer.entries} * sizeof(DirectoryEntry);
  if (footer.directory_offset > at || directory_bytes != at - footer.directory_offset) {
    return damaged(at, "the directory does not fit");
  }
  if (XXH3_64bits(bytes.data() + footer.directory_offset, directory_bytes) !=
      footer.directory_checksum) {
    return damaged(footer.directory_offset, "the directory's checksum is wrong");
  }
  return footer;
}

}  // namespace

struct SectionReader::Impl {
  const DirectoryEntry* find(SectionKey key) const {
    const auto at = std::ranges::lower_bound(directory, key, {}, key_of);
    return at != directory.end() && key_of(*at) == key ? &*at : nullptr;
  }

  std::span<const std::byte> bytes_of(const DirectoryEntry& entry) const {
    return blob->bytes().subspan(entry.offset, entry.size);
  }

  std::shared_ptr<const Blob> blob;
  std::vector<DirectoryEntry> directory;
};

Result<SectionReader> SectionReader::open(std::shared_ptr<const Blob> blob) {
  LAYER_ASSIGN(const SectionsFooter footer, read_footer(*blob));
  auto impl = std::make_shared<Impl>();
  impl->directory.resize(footer.entries);
  for (std::uint32_t i = 0; i < footer.entries; ++i) {
    const std::uint64_t at = footer.directory_offset + i * sizeof(DirectoryEntry);
    const auto entry = load<DirectoryEntry>(blob->bytes(), at);
    if (entry.offset % kSectionAlignment != 0 || entry.offset > footer.directory_offset ||
        entry.size > footer.directory_offset - entry.offset) {
      return corrupt(blob->name(), at, "a section lies outside of the file");
    }
    if (i > 0 && !(key_of(impl->directory[i - 1]) < key_of(entry))) {
      return corrupt(blob->name(), at, "the directory is not in order");
    }
    impl->directory[i] = entry;
  }
  impl->blob = std::move(blob);
  SectionReader reader;
  reader.impl_ = std::move(impl);
  return reader;
}

std::span<const std::byte> SectionReader::section(SectionKey key) const {
  const DirectoryEntry* entry = impl_->find(key);
  return entry == nullptr ? std::span<const std::byte>{} : impl_->bytes_of(*entry);
}

bool SectionReader::has(SectionKey key) const {
  return impl_->find(key) != nullptr;
}

std::vector<SectionKey> SectionReader::keys() const {
  std::vector<SectionKey> keys;
  keys.reserve(impl_->directory.size());
  std::ranges::transform(impl_->directory, std::back_inserter(keys), key_of);
  return keys;
}

Result<void> SectionReader::verify() const {
  for (const DirectoryEntry& entry : impl_->directory) {
    const auto bytes = impl_->bytes_of(entry);
    if (XXH3_64bits(bytes.data(), bytes.size()) != entry.checksum) {
      return corrupt(impl_->blob->name(), entry.offset,
                     fmt::format("the checksum of section {}/{}/{} ({} bytes) is wrong", entry.kind,
                                 entry.attr, entry.part, entry.size));
    }
  }
  return {};
}

const std::shared_ptr<const Blob>& SectionReader::blob() const {
  return impl_->blob;
}

}  // namespace layer::engine::storage
