#include "engine/segment/id_index.h"

#include <algorithm>
#include <string>
#include <utility>

namespace layer::engine::segment {
namespace {

using wire::Id;
using wire::IdType;
using wire::Uuid;

constexpr storage::SectionKey kKey{.kind = storage::SectionKind::kIds};

template <class T>
bool strictly_ascending(std::span<const T> values) {
  return std::ranges::adjacent_find(values, std::greater_equal<>{}) == values.end();
}

}  // namespace

Result<IdIndex> IdIndex::open(const storage::SectionReader& sections, IdType type,
                              DocId documents) {
  const std::span<const std::byte> section = sections.section(kKey);
  const storage::Blob& blob = *sections.blob();
  IdIndex index;
  index.type_ = type;
  index.documents_ = documents;
  bool ascending = false;
  LAYER_ASSIGN(const PartsView parts,
               PartsView::open(blob, section, type == IdType::kString ? 2 : 1));
  switch (type) {
    case IdType::kUint: {
      LAYER_ASSIGN(index.numbers_, parts.array<std::uint64_t>(0, documents));
      ascending = strictly_ascending(index.numbers_);
      break;
    }
    case IdType::kUuid: {
      LAYER_ASSIGN(index.uuids_, parts.array<Uuid>(0, documents));
      ascending = strictly_ascending(index.uuids_);
      break;
    }
    case IdType::kString: {
      LAYER_ASSIGN(index.strings_, StringTable::open(parts, 0));
      if (index.strings_.size() != documents) {
        return damaged(blob, section, "the number of ids is wrong");
      }
      ascending = index.strings_.ascending();
      break;
    }
  }
  if (!ascending) {
    return damaged(blob, section, "the ids are not in order");
  }
  return index;
}

Id IdIndex::at(DocId doc) const {
  switch (type_) {
    case IdType::kUint:
      return numbers_[doc];
    case IdType::kUuid:
      return uuids_[doc];
    case IdType::kString:
      break;
  }
  return std::string(strings_[doc]);
}

std::optional<DocId> IdIndex::find(const Id& id) const {
  const DocId doc = lower_bound(id);
  return doc < upper_bound(id) ? std::optional(doc) : std::nullopt;
}

template <class Before>
DocId IdIndex::partition(const Id& id, Before before) const {
  if (wire::type_of(id) != type_) {
    return wire::type_of(id) < type_ ? 0 : documents_;
  }
  const auto count = [](const auto& values, auto end) {
    return static_cast<DocId>(end - values.begin());
  };
  switch (type_) {
    case IdType::kUint: {
      const auto value = std::get<std::uint64_t>(id);
      return count(numbers_, std::ranges::partition_point(
                                 numbers_, [&](std::uint64_t at) { return before(at, value); }));
    }
    case IdType::kUuid: {
      const Uuid& value = std::get<Uuid>(id);
      return count(uuids_, std::ranges::partition_point(
                               uuids_, [&](const Uuid& at) { return before(at, value); }));
    }
    case IdType::kString:
      break;
  }
  const std::string_view value = std::get<std::string>(id);
  return static_cast<DocId>(before(value, value) ? strings_.upper_bound(value)
                                                 : strings_.lower_bound(value));
}

DocId IdIndex::lower_bound(const Id& id) const {
  return partition(id, std::less<>{});
}

DocId IdIndex::upper_bound(const Id& id) const {
  return partition(id, std::less_equal<>{});
}

std::strong_ordering IdIndex::compare(const IdIndex& a, DocId doc_a, const IdIndex& b,
                                      DocId doc_b) {
  switch (a.type_) {
    case IdType::kUint:
      return a.numbers_[doc_a] <=> b.numbers_[doc_b];
    case IdType::kUuid:
      return a.uuids_[doc_a] <=> b.uuids_[doc_b];
    case IdType::kString:
      break;
  }
  return a.strings_[doc_a] <=> b.strings_[doc_b];
}

void IdWriter::reserve(std::size_t documents) {
  if (type_ == IdType::kUint) {
    numbers_.reserve(documents);
  } else if (type_ == IdType::kUuid) {
    uuids_.reserve(documents);
  }
}

bool IdWriter::add(const Id& id) {
  if (wire::type_of(id) != type_ || (any_ && id <= last_)) {
    return false;
  }
  any_ = true;
  last_ = id;
  switch (type_) {
    case IdType::kUint:
      numbers_.push_back(std::get<std::uint64_t>(id));
      break;
    case IdType::kUuid:
      uuids_.push_back(std::get<Uuid>(id));
      break;
    case IdType::kString:
      strings_.add(std::get<std::string>(id));
      break;
  }
  return true;
}

void IdWriter::add(const IdIndex& from, DocId doc) {
  switch (type_) {
    case IdType::kUint:
      numbers_.push_back(from.numbers_[doc]);
      break;
    case IdType::kUuid:
      uuids_.push_back(from.uuids_[doc]);
      break;
    case IdType::kString:
      strings_.add(from.strings_[doc]);
      break;
  }
}

Result<void> IdWriter::write(storage::SectionWriter& out) {
  PartsWriter parts;
  switch (type_) {
    case IdType::kUint:
      parts.add_array(numbers_);
      break;
    case IdType::kUuid:
      parts.add_array(uuids_);
      break;
    case IdType::kString:
      strings_.finish(parts);
      break;
  }
  return parts.write(out, kKey);
}

}  // namespace layer::engine::segment
