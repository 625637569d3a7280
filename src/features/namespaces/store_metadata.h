// A store's metadata answer, read. What the store did not say is absent, never guessed.
// Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "wire/id.h"

namespace layer::features::namespaces {

// What an attribute's type is, as far as features differ by it.
enum class ColumnKind : std::uint8_t { kScalar, kArray, kDenseVector, kSparseVector, kMultiVector };

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kScalar;
  std::uint32_t dims = 0;  // of vectors
  bool full_text_search = false;
  bool regex = false;
  bool glob = false;
  bool fuzzy = false;
  bool filterable = true;
};

struct StoreMetadata {
  std::vector<Column> columns;  // in the store's order, without reserved ones
  std::optional<wire::IdType> id_type;
  std::optional<std::uint64_t> row_count;
  std::optional<std::uint64_t> logical_bytes;
  std::optional<std::int64_t> last_write_ms;  // last_write_at, else updated_at
  std::string index_json;                     // the bytes of `index`; empty: absent

  // Dimensions of the column `vector`, else of the first dense column.
  std::optional<std::uint32_t> vector_dim() const;
};

// Errors: kUpstream when `body` is not a JSON object.
Result<StoreMetadata> parse_metadata(std::string_view body);

}  // namespace layer::features::namespaces
