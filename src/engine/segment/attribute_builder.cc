#include "engine/segment/attribute_builder.h"

#include <variant>

#include "engine/segment/structures.h"

namespace layer::engine::segment {
namespace {

template <class Stream>
std::vector<Stream*> pointers(const std::vector<std::unique_ptr<Stream>>& streams) {
  std::vector<Stream*> result;
  result.reserve(streams.size());
  for (const auto& stream : streams) {
    result.push_back(stream.get());
  }
  return result;
}

// Sorts what came from rows and makes it one stream more.
template <class Stream, class Collected>
void finish_collected(std::unique_ptr<Collected>& collected,
                      std::vector<std::unique_ptr<Stream>>& streams) {
  if (collected != nullptr) {
    collected->sort();
    streams.push_back(std::move(collected));
  }
}

}  // namespace

Result<void> ColumnBuilder::add(const wire::Value& value, DocId doc) {
  if (collected_ == nullptr) {
    collected_ = std::make_unique<CollectedValues>(type_);
  }
  present_.add(doc);
  return collected_->add(value, doc);
}

void ColumnBuilder::add(const DictionaryColumn& column, DocMap map) {
  present_.add(column.present(), map);
  streams_.push_back(std::make_unique<MappedValues>(column, map));
}

Result<void> ColumnBuilder::write(storage::SectionWriter& out, storage::SectionKey key) {
  finish_collected(collected_, streams_);
  return write_column(out, key, type_, pointers(streams_), present_.set());
}

Result<void> TextBuilder::add(const wire::Value& value, DocId doc) {
  if (collected_ == nullptr) {
    collected_ = std::make_unique<CollectedTerms>(config_);
  }
  LAYER_ASSIGN(lengths_[doc], collected_->add(value, doc));
  return {};
}

void TextBuilder::add(const StoredTextIndex& index, DocMap map) {
  for (DocId doc = 0; doc < map.size(); ++doc) {
    if (map[doc] != kDropped) {
      lengths_[map[doc]] = index.length(doc);
    }
  }
  streams_.push_back(std::make_unique<MappedTerms>(index, map));
}

Result<void> TextBuilder::write(storage::SectionWriter& out, storage::SectionKey key) {
  finish_collected(collected_, streams_);
  return write_text(out, key, pointers(streams_), lengths_);
}

Result<void> SparseBuilder::add(const wire::Value& value, DocId doc) {
  const auto* vector = std::get_if<wire::SparseVector>(&value);
  if (vector == nullptr) {
    return fail(ErrorCode::kInternal, "a sparse attribute holds something else than a vector");
  }
  if (collected_ == nullptr) {
    collected_ = std::make_unique<CollectedDimensions>();
  }
  present_.add(doc);
  collected_->add(*vector, doc);
  return {};
}

void SparseBuilder::add(const StoredSparseIndex& index, DocMap map) {
  present_.add(index.present(), map);
  streams_.push_back(std::make_unique<MappedDimensions>(index, map));
}

Result<void> SparseBuilder::write(storage::SectionWriter& out, storage::SectionKey key) {
  finish_collected(collected_, streams_);
  return write_sparse(out, key, pointers(streams_), present_.set());
}

ColumnBuilder& AttributeBuilder::column_builder() {
  if (column_ == nullptr) {
    column_ = std::make_unique<ColumnBuilder>(attribute_->type, documents_);
  }
  return *column_;
}

TextBuilder& AttributeBuilder::text_builder() {
  if (text_ == nullptr) {
    text_ = std::make_unique<TextBuilder>(*attribute_->full_text, documents_);
  }
  return *text_;
}

SparseBuilder& AttributeBuilder::sparse_builder() {
  if (sparse_ == nullptr) {
    sparse_ = std::make_unique<SparseBuilder>(documents_);
  }
  return *sparse_;
}

Result<void> AttributeBuilder::add(const wire::Value& value, DocId doc, FromRows which) {
  if (which.column && wants_column(*attribute_)) {
    LAYER_TRY(column_builder().add(value, doc));
  }
  if (which.text && wants_text(*attribute_)) {
    LAYER_TRY(text_builder().add(value, doc));
  }
  if (which.sparse && wants_sparse(*attribute_)) {
    LAYER_TRY(sparse_builder().add(value, doc));
  }
  return {};
}

Result<void> AttributeBuilder::write(storage::SectionWriter& out) {
  using storage::SectionKind;
  if (column_ != nullptr) {
    LAYER_TRY(column_->write(out, {.kind = SectionKind::kColumn, .attr = attr_}));
    column_.reset();
  }
  if (text_ != nullptr) {
    LAYER_TRY(text_->write(out, {.kind = SectionKind::kText, .attr = attr_}));
    text_.reset();
  }
  if (sparse_ != nullptr) {
    LAYER_TRY(sparse_->write(out, {.kind = SectionKind::kSparse, .attr = attr_}));
    sparse_.reset();
  }
  return {};
}

}  // namespace layer::engine::segment
