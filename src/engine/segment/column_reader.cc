#include "engine/segment/column_reader.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "engine/segment/bitmap.h"
#include "engine/segment/column_format.h"

namespace layer::engine::segment {
namespace {

using wire::Datetime;
using wire::Kind;
using wire::Uuid;
using wire::Value;

template <class T>
bool all_below(std::span<const T> values, std::uint64_t bound) {
  return std::ranges::all_of(values, [&](T value) { return value < bound; });
}

// Begins with 0, never falls, ends with `end`.
bool partitions(std::span<const std::uint32_t> starts, std::uint64_t end) {
  return !starts.empty() && starts.front() == 0 && starts.back() == end &&
         std::ranges::is_sorted(starts);
}

// The number of a scalar of a numeric kind as a key. Another kind is a programmer's error.
std::uint64_t number_key(Kind kind, const Value& value) {
  switch (kind) {
    case Kind::kInt:
      return key_of_int(std::get<std::int64_t>(value));
    case Kind::kUint:
      return std::get<std::uint64_t>(value);
    case Kind::kFloat:
      return key_of_float(std::get<double>(value));
    case Kind::kDatetime:
      return key_of_int(std::get<Datetime>(value).ms);
    case Kind::kBool:
      return std::get<bool>(value) ? 1 : 0;
    default:
      return 0;  // "[]unknown" has no values to compare with
  }
}

}  // namespace

Result<DictionaryColumn> DictionaryColumn::open(const storage::Blob& blob,
                                                std::span<const std::byte> section,
                                                const wire::AttributeType& type, DocId documents) {
  LAYER_ASSIGN(const PartsView parts, PartsView::open(blob, section, kColumnParts));
  DictionaryColumn column(type, documents);
  LAYER_TRY(column.open_values(parts));
  LAYER_TRY(column.open_documents(parts, documents));
  LAYER_TRY(column.open_ordinals(parts, documents));
  LAYER_TRY(column.open_present(parts, documents));
  return column;
}

Result<void> DictionaryColumn::open_values(const PartsView& parts) {
  std::size_t size = 0;
  switch (layout_of(type_.kind).value_or(ColumnLayout::kNumbers)) {
    case ColumnLayout::kNumbers: {
      LAYER_ASSIGN(numbers_, parts.array<std::uint64_t>(kColumnValues));
      size = numbers_.size();
      break;
    }
    case ColumnLayout::kUuids: {
      LAYER_ASSIGN(uuids_, parts.array<Uuid>(kColumnValues));
      size = uuids_.size();
      break;
    }
    case ColumnLayout::kStrings: {
      LAYER_ASSIGN(strings_, StringTable::open(parts, kColumnValues));
      size = strings_.size();
      break;
    }
  }
  if (size >= kNoOrdinal) {
    return damaged(parts.blob(), parts.part(kColumnValues), "too many distinct values");
  }
  distinct_ = static_cast<Ordinal>(size);
  return {};
}

Result<void> DictionaryColumn::open_documents(const PartsView& parts, DocId documents) {
  LAYER_ASSIGN(groups_, parts.array<std::uint32_t>(kColumnGroups, std::uint64_t{distinct_} + 1));
  LAYER_ASSIGN(documents_, parts.array<DocId>(kColumnDocuments));
  if (!partitions(groups_, documents_.size())) {
    return damaged(parts.blob(), parts.part(kColumnGroups), "the groups of documents are wrong");
  }
  if (!all_below(documents_, documents)) {
    return damaged(parts.blob(), parts.part(kColumnDocuments), "a document does not exist");
  }
  return {};
}

Result<void> DictionaryColumn::open_ordinals(const PartsView& parts, DocId documents) {
  if (!type_.array) {
    LAYER_ASSIGN(const auto single, parts.array<Ordinal>(kColumnOrdinals, documents));
    if (!std::ranges::all_of(single,
                             [&](Ordinal at) { return at < distinct_ || at == kNoOrdinal; })) {
      return damaged(parts.blob(), parts.part(kColumnOrdinals), "a value does not exist");
    }
    single_ = single.data();
    return {};
  }
  LAYER_ASSIGN(const auto starts,
               parts.array<std::uint32_t>(kColumnStarts, std::uint64_t{documents} + 1));
  LAYER_ASSIGN(ordinals_, parts.array<Ordinal>(kColumnOrdinals));
  if (!partitions(starts, ordinals_.size())) {
    return damaged(parts.blob(), parts.part(kColumnStarts), "the starts of values are wrong");
  }
  if (!all_below(ordinals_, distinct_)) {
    return damaged(parts.blob(), parts.part(kColumnOrdinals), "a value does not exist");
  }
  starts_ = starts.data();
  return {};
}

Result<void> DictionaryColumn::open_present(const PartsView& parts, DocId documents) {
  LAYER_ASSIGN(present_, open_bitmap(parts, kColumnPresent, documents));
  return {};
}

template <class Before>
Ordinal DictionaryColumn::partition(const Value& value, Before before) const {
  if (distinct_ == 0) {
    return 0;
  }
  const auto count = [&](const auto& values, const auto& bound) {
    const auto end =
        std::ranges::partition_point(values, [&](const auto& at) { return before(at, bound); });
    return static_cast<Ordinal>(end - values.begin());
  };
  switch (*layout_of(type_.kind)) {
    case ColumnLayout::kNumbers:
      return count(numbers_, number_key(type_.kind, value));
    case ColumnLayout::kUuids:
      return count(uuids_, std::get<Uuid>(value));
    case ColumnLayout::kStrings:
      break;
  }
  const std::string_view text = std::get<std::string>(value);
  return static_cast<Ordinal>(before(text, text) ? strings_.upper_bound(text)
                                                 : strings_.lower_bound(text));
}

Ordinal DictionaryColumn::lower_bound(const Value& value) const {
  return partition(value, std::less<>{});
}

Ordinal DictionaryColumn::upper_bound(const Value& value) const {
  return partition(value, std::less_equal<>{});
}

Value DictionaryColumn::value(Ordinal ordinal) const {
  switch (type_.kind) {
    case Kind::kString:
      return std::string(strings_[ordinal]);
    case Kind::kUuid:
      return uuids_[ordinal];
    case Kind::kInt:
      return int_of_key(numbers_[ordinal]);
    case Kind::kUint:
      return numbers_[ordinal];
    case Kind::kFloat:
      return float_of_key(numbers_[ordinal]);
    case Kind::kDatetime:
      return Datetime{int_of_key(numbers_[ordinal])};
    case Kind::kBool:
      return numbers_[ordinal] != 0;
    default:
      return {};
  }
}

double DictionaryColumn::number_at(Ordinal ordinal) const {
  const std::uint64_t key = numbers_[ordinal];
  switch (type_.kind) {
    case Kind::kInt:
    case Kind::kDatetime:
      return static_cast<double>(int_of_key(key));
    case Kind::kFloat:
      return float_of_key(key);
    default:
      return static_cast<double>(key);
  }
}

ColumnKey DictionaryColumn::key(Ordinal ordinal) const {
  switch (*layout_of(type_.kind)) {
    case ColumnLayout::kNumbers:
      return {.number = numbers_[ordinal], .bytes = {}};
    case ColumnLayout::kUuids:
      return key_of_uuid(uuids_[ordinal]);
    case ColumnLayout::kStrings:
      break;
  }
  return key_of_bytes(strings_[ordinal]);
}

}  // namespace layer::engine::segment
