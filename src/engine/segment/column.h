// A dictionary column: the distinct values of one attribute in one segment, sorted; for each
// document the ordinals of its values; for each ordinal its documents. Because the documents lie
// grouped by ordinal, a range of values is one contiguous slice. Serves filters, ordering,
// grouping. Built for attributes that are filterable, glob, regex or fuzzy, of scalar and array
// kinds (not vectors). Layout: docs/formats/segment.md. Thread safety: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "engine/base/doc_set.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine::segment {

using Ordinal = std::uint32_t;

class Column {
 public:
  virtual ~Column() = default;

  virtual const wire::AttributeType& type() const = 0;
  virtual Ordinal distinct() const = 0;  // number of distinct values

  // The value of an ordinal as a scalar wire::Value. bool false < true; strings and UUIDs by bytes.
  virtual wire::Value value(Ordinal ordinal) const = 0;
  // Faster views of one kind; calling the wrong one is a programmer's error.
  virtual std::string_view string_at(Ordinal ordinal) const = 0;
  virtual double number_at(Ordinal ordinal) const = 0;  // int, uint, float, datetime (ms), bool

  // First ordinal whose value is >= (lower) or > (upper) `value`; `value` has the column's scalar
  // kind.
  virtual Ordinal lower_bound(const wire::Value& value) const = 0;
  virtual Ordinal upper_bound(const wire::Value& value) const = 0;

  // Documents with a value in [begin, end), grouped by ordinal, ascending within one; a document
  // with several such values appears several times.
  virtual std::span<const DocId> documents(Ordinal begin, Ordinal end) const = 0;
  // Ordinals of one document: distinct and ascending. Empty: null, or an empty array (see
  // present()).
  virtual std::span<const Ordinal> ordinals(DocId doc) const = 0;
  // Documents with a value, an empty array included.
  virtual const DocSet& present() const = 0;
};

}  // namespace layer::engine::segment
