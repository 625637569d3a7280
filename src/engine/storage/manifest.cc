#include "engine/storage/manifest.h"

#include <fmt/core.h>

#include <cstring>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/bytes.h"

namespace layer::engine::storage {
namespace {

constexpr std::uint64_t kManifestMagic = 0x314E414D5259414CULL;    // "LAYRMAN1"
constexpr std::uint64_t kTombstonesMagic = 0x31424D545259414CULL;  // "LAYRTMB1"
constexpr std::uint32_t kVersion = 1;

// Magic, version, reserved, length, checksum, payload.
std::vector<std::byte> seal(std::uint64_t magic, std::string_view payload) {
  core::ByteWriter out;
  out.fixed(magic);
  out.fixed(kVersion);
  out.fixed<std::uint32_t>(0);
  out.fixed<std::uint64_t>(payload.size());
  out.fixed<std::uint64_t>(XXH3_64bits(payload.data(), payload.size()));
  out.raw(payload);
  const auto bytes = out.span();
  return {bytes.begin(), bytes.end()};
}

std::unexpected<Error> damaged(const std::string& name, std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("file {} is damaged: {}", name, what));
}

Result<std::string_view> unseal(std::uint64_t magic, std::span<const std::byte> bytes,
                                const std::string& name) {
  core::ByteReader in(bytes);
  const auto found = in.fixed<std::uint64_t>();
  const auto version = in.fixed<std::uint32_t>();
  (void)in.fixed<std::uint32_t>();
  const auto length = in.fixed<std::uint64_t>();
  const auto hash = in.fixed<std::uint64_t>();
  if (!in.ok() || found != magic) {
    return damaged(name, "bad header at offset 0");
  }
  if (version != kVersion) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("file {} has format version {}, this program reads version {}", name,
                            version, kVersion));
  }
  if (length != in.left()) {
    return damaged(name,
                   fmt::format("{} bytes expected after the header, {} found", length, in.left()));
  }
  const std::string_view payload = in.raw(length);
  if (XXH3_64bits(payload.data(), payload.size()) != hash) {
    return damaged(name, "its checksum does not match at offset 32");
  }
  return payload;
}

}  // namespace

std::vector<std::byte> encode_manifest(const Manifest& manifest) {
  core::ByteWriter out;
  out.varint(manifest.next_file);
  out.varint(manifest.first_log);
  out.varint(manifest.sequence);
  out.varint(manifest.segments.size());
  for (const ManifestSegment& segment : manifest.segments) {
    out.varint(segment.number);
    out.varint(segment.file_bytes);
    out.varint(segment.tombstones);
  }
  out.string(manifest.state);
  return seal(kManifestMagic, out.str());
}

Result<Manifest> decode_manifest(std::span<const std::byte> bytes, const std::string& name) {
  LAYER_ASSIGN(const std::string_view payload, unseal(kManifestMagic, bytes, name));
  core::ByteReader in(payload);
  Manifest manifest;
  manifest.next_file = in.varint();
  manifest.first_log = in.varint();
  manifest.sequence = in.varint();
  manifest.segments.resize(in.count(3));
  for (ManifestSegment& segment : manifest.segments) {
    segment.number = in.varint();
    segment.file_bytes = in.varint();
    segment.tombstones = in.varint();
  }
  manifest.state = in.string();
  if (!in.done()) {
    return damaged(name, "its content does not fit its format");
  }
  return manifest;
}

std::vector<std::byte> encode_tombstones(const TombstoneFile& tombstones) {
  core::ByteWriter out;
  out.fixed(tombstones.universe);
  for (const std::uint64_t word : tombstones.words) {
    out.fixed(word);
  }
  return seal(kTombstonesMagic, out.str());
}

Result<TombstoneFile> decode_tombstones(std::span<const std::byte> bytes, const std::string& name) {
  LAYER_ASSIGN(const std::string_view payload, unseal(kTombstonesMagic, bytes, name));
  core::ByteReader in(payload);
  TombstoneFile file;
  file.universe = in.fixed<std::uint32_t>();
  const std::size_t words = (static_cast<std::size_t>(file.universe) + 63) / 64;
  if (!in.ok() || in.left() != words * sizeof(std::uint64_t)) {
    return damaged(name, "its bitmap has the wrong length");
  }
  file.words.resize(words);
  for (std::uint64_t& word : file.words) {
    word = in.fixed<std::uint64_t>();
  }
  if (file.universe % 64 != 0 && (file.words.back() >> (file.universe % 64)) != 0) {
    return damaged(name, "its bitmap has bits beyond its end");
  }
  return file;
}

}  // namespace layer::engine::storage
