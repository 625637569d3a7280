#include "engine/segment/vector_store.h"

#include <fmt/format.h>

#include "engine/segment/bitmap.h"
#include "engine/segment/parts.h"
#include "engine/segment/structures.h"

namespace layer::engine::segment {
namespace {

using storage::SectionKind;

storage::SectionKey data_key(AttrId attr) {
  return {.kind = SectionKind::kVectors, .attr = attr, .part = 0};
}
storage::SectionKey present_key(AttrId attr) {
  return {.kind = SectionKind::kVectors, .attr = attr, .part = 1};
}

}  // namespace

Result<std::optional<VectorStore>> VectorStore::open(const storage::SectionReader& sections,
                                                     AttrId attr, const wire::AttributeType& type,
                                                     DocId documents) {
  if (!sections.has(data_key(attr))) {
    return std::nullopt;
  }
  const storage::Blob& blob = *sections.blob();
  const std::span<const std::byte> data = sections.section(data_key(attr));
  const std::size_t width = vector_bytes(type);
  if (width == 0 || data.size() % width != 0 || data.size() / width != documents) {
    return damaged(blob, data, "the number of vectors is wrong");
  }
  LAYER_ASSIGN(const PartsView parts,
               PartsView::open(blob, sections.section(present_key(attr)), 1));
  LAYER_ASSIGN(DocSet present, open_bitmap(parts, 0, documents));
  return VectorStore{
      .view = {.data = data.data(), .count = documents, .dims = type.dims, .element = type.element},
      .present = std::move(present)};
}

VectorWriter::VectorWriter(storage::SectionWriter& out, AttrId attr,
                           const wire::AttributeType& type, DocId documents)
    : out_(out),
      attr_(attr),
      type_(type),
      documents_(documents),
      present_(documents),
      buffer_(vector_bytes(type)) {}

Result<void> VectorWriter::begin() {
  LAYER_TRY(out_.begin(data_key(attr_)));
  offset_ = out_.section_offset();
  return {};
}

Result<void> VectorWriter::fill_to(DocId doc) {
  if (next_ < doc) {
    const std::vector<std::byte> zeros(buffer_.size());
    for (; next_ < doc; ++next_) {
      LAYER_TRY(out_.append(zeros));
    }
  }
  return {};
}

Result<void> VectorWriter::add(DocId doc, const wire::DenseVector& vector) {
  if (vector.elements.size() != type_.dims) {
    return fail(ErrorCode::kInternal,
                fmt::format("a vector of {} dimensions stands in an attribute of type {}",
                            vector.elements.size(), wire::to_string(type_)));
  }
  vector::encode(vector.elements, type_.element, buffer_.data());
  return add(doc, buffer_);
}

Result<void> VectorWriter::add(DocId doc, std::span<const std::byte> stored) {
  LAYER_TRY(fill_to(doc));
  if (stored.size() != buffer_.size()) {
    return fail(ErrorCode::kInternal, "a merged vector has another width than its attribute");
  }
  present_.add(doc);
  ++next_;
  return out_.append(stored);
}

Result<WrittenVectors> VectorWriter::finish() {
  LAYER_TRY(fill_to(documents_));
  WrittenVectors written{.offset = offset_, .present = present_.set()};
  const std::vector<std::uint64_t> words = bitmap_words(written.present);
  PartsWriter parts;
  parts.add_array(words);
  LAYER_TRY(parts.write(out_, present_key(attr_)));
  return written;
}

}  // namespace layer::engine::segment
