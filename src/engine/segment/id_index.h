// The ids of a segment's documents, ascending: a sorted array of integers or UUIDs, or a table of
// strings. Thread safety: immutable.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "engine/base/doc_set.h"
#include "engine/segment/string_table.h"
#include "engine/storage/sections.h"
#include "wire/id.h"

namespace layer::engine::segment {

class IdIndex {
 public:
  // Errors: kCorrupt when there are not `documents` strictly ascending ids of `type`.
  static Result<IdIndex> open(const storage::SectionReader& sections, wire::IdType type,
                              DocId documents);

  wire::IdType type() const { return type_; }
  wire::Id at(DocId doc) const;
  // An id of another type is found nowhere; its bounds are as std::variant orders the types.
  std::optional<DocId> find(const wire::Id& id) const;
  DocId lower_bound(const wire::Id& id) const;
  DocId upper_bound(const wire::Id& id) const;

  // Compares documents of two segments with ids of the same type, without making ids.
  static std::strong_ordering compare(const IdIndex& a, DocId doc_a, const IdIndex& b, DocId doc_b);

 private:
  friend class IdWriter;
  template <class Before>
  DocId partition(const wire::Id& id, Before before) const;

  wire::IdType type_ = wire::IdType::kUint;
  DocId documents_ = 0;
  std::span<const std::uint64_t> numbers_;
  std::span<const wire::Uuid> uuids_;
  StringTable strings_;
};

class IdWriter {
 public:
  explicit IdWriter(wire::IdType type) : type_(type) {}
  void reserve(std::size_t documents);
  // Ascending. False: the id has another type, or does not ascend.
  bool add(const wire::Id& id);
  void add(const IdIndex& from, DocId doc);
  Result<void> write(storage::SectionWriter& out);

 private:
  wire::IdType type_;
  std::vector<std::uint64_t> numbers_;
  std::vector<wire::Uuid> uuids_;
  StringTableWriter strings_;
  wire::Id last_;
  bool any_ = false;
};

}  // namespace layer::engine::segment
