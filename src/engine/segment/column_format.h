// The parts of a column section, shared by its writer and its reader. Layout:
// docs/formats/segment.md.
#pragma once

#include <cstddef>

namespace layer::engine::segment {

// Numbers and UUIDs have one array of values; strings have offsets and bytes.
enum ColumnPart : std::size_t {
  kColumnValues,
  kColumnValueBytes,
  kColumnGroups,
  kColumnDocuments,
  kColumnStarts,  // of arrays; empty for scalars
  kColumnOrdinals,
  kColumnPresent,  // bitmap; empty when every document has a value
  kColumnParts,
};

}  // namespace layer::engine::segment
