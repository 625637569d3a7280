#include "engine/segment/column_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

namespace layer::engine::segment {
namespace {

using wire::Datetime;
using wire::Kind;
using wire::Uuid;
using wire::Value;

ColumnKey number_key(std::uint64_t number) {
  return {.number = number, .bytes = {}};
}
ColumnKey uint_key(std::uint64_t value) {
  return number_key(value);
}
ColumnKey int_key(std::int64_t value) {
  return number_key(key_of_int(value));
}
ColumnKey float_key(double value) {
  return number_key(key_of_float(value));
}
ColumnKey datetime_key(Datetime value) {
  return number_key(key_of_int(value.ms));
}
ColumnKey bool_key(bool value) {
  return number_key(value ? 1 : 0);
}
ColumnKey string_key(const std::string& value) {
  return key_of_bytes(value);
}

}  // namespace

template <class T, class F>
bool CollectedValues::push_scalar(const Value& value, DocId doc, F&& key_of) {
  const T* scalar = std::get_if<T>(&value);
  if (scalar != nullptr) {
    push(key_of(*scalar), doc);
  }
  return scalar != nullptr;
}

template <class T, class F>
bool CollectedValues::push_array(const Value& value, DocId doc, F&& key_of) {
  const auto* elements = std::get_if<std::vector<T>>(&value);
  if (elements == nullptr) {
    return std::holds_alternative<wire::EmptyArray>(value);
  }
  const std::size_t first = entries_.size();
  for (const T& element : *elements) {
    push(key_of(element), doc);
  }
  // A document stands once under each of its values.
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first);
  std::sort(begin, entries_.end());
  entries_.erase(std::unique(begin, entries_.end()), entries_.end());
  return true;
}

bool CollectedValues::push_value(const Value& value, DocId doc) {
  const bool array = type_.array;
  switch (type_.kind) {
    case Kind::kString:
      return array ? push_array<std::string>(value, doc, string_key)
                   : push_scalar<std::string>(value, doc, string_key);
    case Kind::kInt:
      return array ? push_array<std::int64_t>(value, doc, int_key)
                   : push_scalar<std::int64_t>(value, doc, int_key);
    case Kind::kUint:
      return array ? push_array<std::uint64_t>(value, doc, uint_key)
                   : push_scalar<std::uint64_t>(value, doc, uint_key);
    case Kind::kFloat:
      return array ? push_array<double>(value, doc, float_key)
                   : push_scalar<double>(value, doc, float_key);
    case Kind::kDatetime:
      return array ? push_array<Datetime>(value, doc, datetime_key)
                   : push_scalar<Datetime>(value, doc, datetime_key);
    case Kind::kUuid:
      return array ? push_array<Uuid>(value, doc, key_of_uuid)
                   : push_scalar<Uuid>(value, doc, key_of_uuid);
    case Kind::kBool:
      return array ? push_array<std::uint8_t>(value, doc, bool_key)
                   : push_scalar<bool>(value, doc, bool_key);
    case Kind::kUnknown:
      return std::holds_alternative<wire::EmptyArray>(value);
    default:
      return false;
  }
}

Result<void> CollectedValues::add(const Value& value, DocId doc) {
  if (!push_value(value, doc)) {
    return fail(ErrorCode::kInternal,
                fmt::format("a value of kind {} stands in an attribute of type {}", value.index(),
                            wire::to_string(type_)));
  }
  return {};
}

void CollectedValues::sort() {
  std::ranges::sort(entries_);
}

void CollectedValues::documents(std::vector<DocId>& out) const {
  for (std::size_t i = at_; i < entries_.size() && entries_[i].key == entries_[at_].key; ++i) {
    out.push_back(entries_[i].doc);
  }
}

void CollectedValues::advance() {
  const ColumnKey current = entries_[at_].key;
  while (at_ < entries_.size() && entries_[at_].key == current) {
    ++at_;
  }
}

void MappedValues::documents(std::vector<DocId>& out) const {
  for (const DocId doc : column_.documents(at_, at_ + 1)) {
    if (map_[doc] != kDropped) {
      out.push_back(map_[doc]);
    }
  }
}

}  // namespace layer::engine::segment
