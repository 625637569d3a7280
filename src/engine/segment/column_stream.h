// Sorted values of one attribute with their documents: what a column is built from. One stream
// comes from the rows of a write, or from each column that is merged.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/column_key.h"
#include "engine/segment/column_reader.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// New document of an old one; kDropped: deleted.
using DocMap = std::span<const DocId>;
inline constexpr DocId kDropped = ~DocId{0};

class ValueStream {
 public:
  virtual ~ValueStream() = default;
  virtual bool done() const = 0;
  virtual ColumnKey key() const = 0;
  // Appends the documents of the current value, ascending, in the output's numbering.
  virtual void documents(std::vector<DocId>& out) const = 0;
  virtual void advance() = 0;
};

// Values of rows in memory. Views the values: they must live until the stream is done.
class CollectedValues final : public ValueStream {
 public:
  explicit CollectedValues(const wire::AttributeType& type) : type_(type) {}

  // Errors: kInternal when the value is not of the type.
  Result<void> add(const wire::Value& value, DocId doc);
  void sort();

  bool done() const override { return at_ == entries_.size(); }
  ColumnKey key() const override { return entries_[at_].key; }
  void documents(std::vector<DocId>& out) const override;
  void advance() override;

 private:
  struct Entry {
    ColumnKey key;
    DocId doc = 0;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  void push(const ColumnKey& key, DocId doc) { entries_.push_back({key, doc}); }
  template <class T, class F>
  bool push_scalar(const wire::Value& value, DocId doc, F&& key_of);
  template <class T, class F>
  bool push_array(const wire::Value& value, DocId doc, F&& key_of);
  bool push_value(const wire::Value& value, DocId doc);

  wire::AttributeType type_;
  std::vector<Entry> entries_;
  std::size_t at_ = 0;
};

// Values of an existing column.
class MappedValues final : public ValueStream {
 public:
  MappedValues(const DictionaryColumn& column, DocMap map) : column_(column), map_(map) {}

  bool done() const override { return at_ == column_.distinct(); }
  ColumnKey key() const override { return column_.key(at_); }
  void documents(std::vector<DocId>& out) const override;
  void advance() override { ++at_; }

 private:
  const DictionaryColumn& column_;
  DocMap map_;
  Ordinal at_ = 0;
};

}  // namespace layer::engine::segment
