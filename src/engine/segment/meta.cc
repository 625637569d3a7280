#include "engine/segment/meta.h"

#include <fmt/format.h>

#include <utility>

#include "engine/segment/bytes.h"
#include "engine/segment/parts.h"
#include "engine/segment/schema_codec.h"

namespace layer::engine::segment {
namespace {

constexpr storage::SectionKey kKey{.kind = storage::SectionKind::kMeta};

}  // namespace

Result<void> write_meta(storage::SectionWriter& out, const wire::Schema& schema, DocId documents,
                        wire::IdType id_type, std::uint64_t logical_bytes) {
  if (documents > kDocumentsMax) {
    return fail(ErrorCode::kInternal, "too many documents for one segment");
  }
  ByteWriter bytes;
  bytes.fixed(kSegmentVersion);
  bytes.fixed(documents);
  bytes.fixed(logical_bytes);
  bytes.fixed(static_cast<std::uint32_t>(std::to_underlying(id_type)));
  encode_schema(schema, bytes);
  return out.add(kKey, bytes.bytes());
}

Result<Meta> read_meta(const storage::SectionReader& sections) {
  const std::span<const std::byte> section = sections.section(kKey);
  const storage::Blob& blob = *sections.blob();
  ByteReader in(section);
  const auto version = in.fixed<std::uint32_t>();
  if (in.ok() && version != kSegmentVersion) {
    return damaged(
        blob, section,
        fmt::format("segment version {}, this program reads version {}", version, kSegmentVersion));
  }
  Meta meta;
  meta.documents = in.fixed<DocId>();
  meta.logical_bytes = in.fixed<std::uint64_t>();
  const auto id_type = in.fixed<std::uint32_t>();
  meta.schema = decode_schema(in);
  if (!in.ok() || in.remaining() != 0 || meta.documents > kDocumentsMax ||
      id_type > std::to_underlying(wire::IdType::kString)) {
    return damaged(blob, section, "the meta section cannot be read");
  }
  meta.id_type = static_cast<wire::IdType>(id_type);
  return meta;
}

}  // namespace layer::engine::segment
