#include "cache/rocksdb/stored_record.h"

#include <array>
#include <memory>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/bytes.h"

namespace layer::cache {
namespace {

constexpr std::size_t kChecksumBytes = 8;

// The key is part of what is checked: a value that turns up under another key is damaged.
std::uint64_t checksum(std::string_view disk_key, std::string_view content) {
  return XXH3_64bits_withSeed(content.data(), content.size(),
                              XXH3_64bits(disk_key.data(), disk_key.size()));
}

Result<std::string_view> opened(std::string_view disk_key, std::string_view value) {
  core::ByteReader in(value.substr(0, kChecksumBytes));
  const auto stored = in.fixed<std::uint64_t>();
  if (!in.done() || stored != checksum(disk_key, value.substr(kChecksumBytes))) {
    return fail(ErrorCode::kCorrupt, "a cached record fails its checksum");
  }
  return value.substr(kChecksumBytes);
}

std::unexpected<Error> malformed() {
  return fail(ErrorCode::kCorrupt, "a cached record is not of its format");
}

}  // namespace

std::string disk_set_begin(Part part, std::string_view set) {
  std::string out;
  out += static_cast<char>(part);
  out += static_cast<char>(set.size() - 1);
  out += set;
  return out;
}

std::string disk_set_end(Part part, std::string_view set) {
  std::string out = disk_set_begin(part, set);
  while (out.back() == '\xff') {  // ends at the part's letter
    out.pop_back();
  }
  ++out.back();
  return out;
}

std::string disk_key(Part part, std::string_view set, std::string_view key) {
  return disk_set_begin(part, set).append(key);
}

bool split_disk_key(std::string_view disk_key, std::string_view& set, std::string_view& key) {
  if (disk_key.size() < 2) {
    return false;
  }
  const std::size_t set_bytes = static_cast<unsigned char>(disk_key[1]) + std::size_t{1};
  if (disk_key.size() <= 2 + set_bytes) {
    return false;
  }
  set = disk_key.substr(2, set_bytes);
  key = disk_key.substr(2 + set_bytes);
  return true;
}

std::string seal_record(std::string_view disk_key, std::string_view content) {
  core::ByteWriter out;
  out.fixed(checksum(disk_key, content));
  out.raw(content);
  return out.take();
}

std::string encode_attributes(std::string_view disk_key, const StoredMeta& meta, const Bins& bins) {
  core::ByteWriter out;
  out.varint(meta.version);
  out.zigzag(meta.expires_ms);
  out.zigzag(meta.held_until_ms);
  std::uint8_t present = 0;
  for (std::size_t i = 0; i < kBinCount; ++i) {
    present = static_cast<std::uint8_t>(present | (bins[i] ? 1U << i : 0U));
  }
  out.fixed(present);
  for (const Bytes& bin : bins) {
    if (bin) {
      out.varint(bin->size());
    }
  }
  for (std::size_t i = 0; i < kBinCount; ++i) {
    if (bins[i] && static_cast<Bin>(i) != Bin::kVectors) {
      out.raw(*bins[i]);
    }
  }
  return seal_record(disk_key, out.str());
}

std::string encode_vectors(std::string_view disk_key, std::uint64_t version,
                           std::string_view vectors) {
  core::ByteWriter out;
  out.varint(version);
  out.raw(vectors);
  return seal_record(disk_key, out.str());
}

Result<StoredRecord> decode_attributes(std::string_view disk_key, std::string_view value,
                                       BinSet bins) {
  LAYER_ASSIGN(const std::string_view content, opened(disk_key, value));
  core::ByteReader in(content);
  StoredRecord out;
  StoredMeta& meta = out.meta;
  meta.version = in.varint();
  meta.expires_ms = in.zigzag();
  meta.held_until_ms = in.zigzag();
  const BinSet present{.bits = in.fixed<std::uint8_t>()};
  if ((present.bits & ~BinSet::all().bits) != 0) {
    return malformed();
  }
  std::array<std::uint64_t, kBinCount> sizes{};
  for (std::size_t i = 0; i < kBinCount; ++i) {
    sizes[i] = present.has(static_cast<Bin>(i)) ? in.varint() : 0;
  }
  for (std::size_t i = 0; i < kBinCount; ++i) {
    const Bin bin = static_cast<Bin>(i);
    if (bin == Bin::kVectors || !present.has(bin)) {
      continue;
    }
    const std::string_view bytes = in.raw(sizes[i]);
    if (bins.has(bin) && in.ok()) {
      out.record.bins[i] = std::make_shared<const std::string>(bytes);
    }
  }
  if (!in.done()) {
    return malformed();
  }
  out.record.version = meta.version;
  meta.has_vectors = present.has(Bin::kVectors);
  meta.vectors_bytes = sizes[static_cast<std::size_t>(Bin::kVectors)];
  return out;
}

Result<StoredVectors> decode_vectors(std::string_view disk_key, std::string_view value) {
  LAYER_ASSIGN(const std::string_view content, opened(disk_key, value));
  core::ByteReader in(content);
  StoredVectors out;
  out.version = in.varint();
  out.bytes = in.raw(in.left());
  if (!in.done()) {
    return malformed();
  }
  return out;
}

}  // namespace layer::cache
