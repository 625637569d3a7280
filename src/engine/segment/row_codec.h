// Rows as bytes: what a row block holds. Dense vectors are not part of it; they lie in columns of
// their own. Layout: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/row.h"
#include "engine/segment/bytes.h"
#include "wire/schema.h"

namespace layer::engine::segment {

// Billing size of a row: its id and all its values, vectors included.
std::uint64_t logical_bytes(const wire::Schema& schema, const Row& row);

void encode_row(const Row& row, std::uint64_t logical, ByteWriter& out);

// Appends the wanted fields (`wanted` ascending; nullopt: all) to `out`, ascending by attribute,
// all below `attributes`. Turns the reader bad on anything malformed. Allocation is bounded by the
// bytes.
void decode_row(ByteReader& in, std::size_t attributes,
                std::optional<std::span<const AttrId>> wanted, std::vector<Field>& out);

// The first thing of an encoded row.
inline std::uint64_t decode_logical_bytes(ByteReader& in) {
  return in.varint();
}

}  // namespace layer::engine::segment
