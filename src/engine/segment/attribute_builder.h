// Gathers everything the output segment indexes of one attribute, from rows and from the indexes
// of merged segments, and writes it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/column_stream.h"
#include "engine/segment/column_writer.h"
#include "engine/segment/sparse_writer.h"
#include "engine/segment/text_collector.h"
#include "engine/segment/text_reader.h"
#include "engine/segment/text_writer.h"
#include "engine/storage/sections.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// The documents that have something, while they are found in any order.
class Presence {
 public:
  explicit Presence(DocId documents)
      : documents_(documents), words_((std::size_t{documents} + 63) / 64, 0) {}
  void add(DocId doc) { words_[doc / 64] |= std::uint64_t{1} << (doc % 64); }
  void add(const DocSet& set, DocMap map) {
    set.for_each([&](DocId doc) {
      if (map[doc] != kDropped) {
        add(map[doc]);
      }
    });
  }
  DocSet set() const { return DocSet::from_words(documents_, words_); }

 private:
  DocId documents_;
  std::vector<std::uint64_t> words_;
};

class ColumnBuilder {
 public:
  ColumnBuilder(const wire::AttributeType& type, DocId documents)
      : type_(type), present_(documents) {}
  // The value must live until write().
  Result<void> add(const wire::Value& value, DocId doc);
  void add(const DictionaryColumn& column, DocMap map);
  Result<void> write(storage::SectionWriter& out, storage::SectionKey key);

 private:
  wire::AttributeType type_;
  Presence present_;
  std::unique_ptr<CollectedValues> collected_;
  std::vector<std::unique_ptr<ValueStream>> streams_;
};

class TextBuilder {
 public:
  TextBuilder(const wire::FullTextConfig& config, DocId documents)
      : config_(config), lengths_(documents, 0) {}
  Result<void> add(const wire::Value& value, DocId doc);
  void add(const StoredTextIndex& index, DocMap map);
  Result<void> write(storage::SectionWriter& out, storage::SectionKey key);

 private:
  wire::FullTextConfig config_;
  std::vector<std::uint32_t> lengths_;
  std::unique_ptr<CollectedTerms> collected_;
  std::vector<std::unique_ptr<TermStream>> streams_;
};

class SparseBuilder {
 public:
  explicit SparseBuilder(DocId documents) : present_(documents) {}
  // The value must live until write().
  Result<void> add(const wire::Value& value, DocId doc);
  void add(const StoredSparseIndex& index, DocMap map);
  Result<void> write(storage::SectionWriter& out, storage::SectionKey key);

 private:
  Presence present_;
  std::unique_ptr<CollectedDimensions> collected_;
  std::vector<std::unique_ptr<DimensionStream>> streams_;
};

// What of an attribute has to be taken from row values.
struct FromRows {
  bool column = true;
  bool text = true;
  bool sparse = true;
  bool any() const { return column || text || sparse; }
};

// The builders exist from the first value on, so that attributes no document has cost nothing.
class AttributeBuilder {
 public:
  AttributeBuilder(AttrId attr, const wire::Attribute& attribute, DocId documents)
      : attr_(attr), attribute_(&attribute), documents_(documents) {}

  // `value` must live until write(). Errors: kInternal when it is not of the attribute's type.
  Result<void> add(const wire::Value& value, DocId doc, FromRows which = {});
  void add(const DictionaryColumn& column, DocMap map) { column_builder().add(column, map); }
  void add(const StoredTextIndex& index, DocMap map) { text_builder().add(index, map); }
  void add(const StoredSparseIndex& index, DocMap map) { sparse_builder().add(index, map); }
  // Releases its memory.
  Result<void> write(storage::SectionWriter& out);

 private:
  ColumnBuilder& column_builder();
  TextBuilder& text_builder();
  SparseBuilder& sparse_builder();

  AttrId attr_;
  const wire::Attribute* attribute_;
  DocId documents_;
  std::unique_ptr<ColumnBuilder> column_;
  std::unique_ptr<TextBuilder> text_;
  std::unique_ptr<SparseBuilder> sparse_;
};

}  // namespace layer::engine::segment
