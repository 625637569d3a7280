// A dictionary column over the bytes of a segment. Contract: column.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/error.h"
#include "engine/segment/column.h"
#include "engine/segment/column_key.h"
#include "engine/segment/string_table.h"
#include "engine/storage/sections.h"

namespace layer::engine::segment {

inline constexpr Ordinal kNoOrdinal = ~Ordinal{0};

class DictionaryColumn final : public Column {
 public:
  // No document has a value.
  DictionaryColumn(const wire::AttributeType& type, DocId documents)
      : type_(type), present_(documents), single_(nullptr), starts_(nullptr) {}
  // Errors: kCorrupt. Cost: every offset, ordinal and document is looked at once.
  static Result<DictionaryColumn> open(const storage::Blob& blob,
                                       std::span<const std::byte> section,
                                       const wire::AttributeType& type, DocId documents);

  const wire::AttributeType& type() const override { return type_; }
  Ordinal distinct() const override { return distinct_; }
  wire::Value value(Ordinal ordinal) const override;
  std::string_view string_at(Ordinal ordinal) const override { return strings_[ordinal]; }
  double number_at(Ordinal ordinal) const override;
  Ordinal lower_bound(const wire::Value& value) const override;
  Ordinal upper_bound(const wire::Value& value) const override;
  std::span<const DocId> documents(Ordinal begin, Ordinal end) const override {
    return begin < end ? documents_.subspan(groups_[begin], groups_[end] - groups_[begin])
                       : std::span<const DocId>{};
  }
  std::span<const Ordinal> ordinals(DocId doc) const override {
    if (starts_ != nullptr) {
      return {ordinals_.data() + starts_[doc], starts_[doc + 1] - starts_[doc]};
    }
    if (single_ != nullptr && single_[doc] != kNoOrdinal) {
      return {single_ + doc, 1};
    }
    return {};
  }
  const DocSet& present() const override { return present_; }

  ColumnKey key(Ordinal ordinal) const;

 private:
  Result<void> open_values(const PartsView& parts);
  Result<void> open_documents(const PartsView& parts, DocId documents);
  Result<void> open_ordinals(const PartsView& parts, DocId documents);
  Result<void> open_present(const PartsView& parts, DocId documents);
  template <class Before>
  Ordinal partition(const wire::Value& value, Before before) const;

  wire::AttributeType type_;
  Ordinal distinct_ = 0;
  std::span<const std::uint64_t> numbers_;
  std::span<const wire::Uuid> uuids_;
  StringTable strings_;
  std::span<const std::uint32_t> groups_;  // distinct + 1: where a value's documents begin
  std::span<const DocId> documents_;
  DocSet present_;
  const Ordinal* single_;        // by document, of scalars; kNoOrdinal: null
  const std::uint32_t* starts_;  // by document, of arrays
  std::span<const Ordinal> ordinals_;
};

}  // namespace layer::engine::segment
