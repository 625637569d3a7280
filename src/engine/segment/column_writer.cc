#include "engine/segment/column_writer.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "engine/segment/bitmap.h"
#include "engine/segment/column_format.h"
#include "engine/segment/merge_streams.h"

namespace layer::engine::segment {
namespace {

// The arrays of the section while they grow.
struct ColumnArrays {
  explicit ColumnArrays(ColumnLayout layout_in) : layout(layout_in) {}

  void add_value(const ColumnKey& key) {
    switch (layout) {
      case ColumnLayout::kNumbers:
        numbers.push_back(key.number);
        break;
      case ColumnLayout::kUuids:
        uuids.insert(uuids.end(), key.bytes.begin(), key.bytes.end());
        break;
      case ColumnLayout::kStrings:
        strings.add(key.bytes);
        break;
    }
  }

  void add_value_parts(PartsWriter& parts) {
    switch (layout) {
      case ColumnLayout::kNumbers:
        parts.add_array(numbers);
        parts.add({});
        break;
      case ColumnLayout::kUuids:
        parts.add_array(uuids);
        parts.add({});
        break;
      case ColumnLayout::kStrings:
        strings.finish(parts);
        break;
    }
  }

  // From documents by value to values by document. Values are visited in order, so the ordinals
  // of a document ascend.
  void invert(bool array, DocId documents_count) {
    const auto visit = [&](auto&& take) {
      for (std::size_t ordinal = 0; ordinal + 1 < groups.size(); ++ordinal) {
        for (std::uint32_t i = groups[ordinal]; i < groups[ordinal + 1]; ++i) {
          take(documents[i], static_cast<Ordinal>(ordinal));
        }
      }
    };
    if (!array) {
      ordinals.assign(documents_count, kNoOrdinal);
      visit([&](DocId doc, Ordinal ordinal) { ordinals[doc] = ordinal; });
      return;
    }
    starts.assign(std::size_t{documents_count} + 1, 0);
    for (const DocId doc : documents) {
      ++starts[doc + 1];
    }
    for (std::size_t i = 1; i < starts.size(); ++i) {
      starts[i] += starts[i - 1];
    }
    ordinals.resize(documents.size());
    std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
    visit([&](DocId doc, Ordinal ordinal) { ordinals[next[doc]++] = ordinal; });
  }

  ColumnLayout layout;
  std::vector<std::uint64_t> numbers;
  std::vector<char> uuids;
  StringTableWriter strings;
  std::vector<std::uint32_t> groups{0};
  std::vector<DocId> documents;
  std::vector<std::uint32_t> starts;
  std::vector<Ordinal> ordinals;
};

}  // namespace

Result<void> write_column(storage::SectionWriter& out, storage::SectionKey key,
                          const wire::AttributeType& type, std::span<ValueStream* const> streams,
                          const DocSet& present) {
  ColumnArrays arrays(layout_of(type.kind).value_or(ColumnLayout::kNumbers));
  LAYER_TRY(merge_streams(streams, [&](std::span<ValueStream* const> group) -> Result<void> {
    const std::size_t first = arrays.documents.size();
    for (const ValueStream* stream : group) {
      stream->documents(arrays.documents);
    }
    if (arrays.documents.size() == first) {
      return {};  // every document with the value is deleted
    }
    if (arrays.documents.size() > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorCode::kInternal, "a column has more than 2^32 entries");
    }
    if (group.size() > 1) {
      std::sort(arrays.documents.begin() + static_cast<std::ptrdiff_t>(first),
                arrays.documents.end());
    }
    arrays.add_value(group.front()->key());
    arrays.groups.push_back(static_cast<std::uint32_t>(arrays.documents.size()));
    return {};
  }));
  arrays.invert(type.array, present.universe());
  const std::vector<std::uint64_t> words = bitmap_words(present);
  PartsWriter parts;
  arrays.add_value_parts(parts);
  parts.add_array(arrays.groups);
  parts.add_array(arrays.documents);
  parts.add_array(arrays.starts);
  parts.add_array(arrays.ordinals);
  parts.add_array(words);
  return parts.write(out, key);
}

}  // namespace layer::engine::segment
