// A query's answer cut into rows, as bytes (rule N2 of the contract). Thread safety: pure
// functions. Cost: one pass over the text, one copy of what is kept; beyond a megabyte call it on a
// pool.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cache/record_store.h"
#include "features/documents/shape.h"

namespace layer::features::documents {

struct AnswerRow {
  wire::Id id;
  cache::Bytes attributes;  // one JSON object: the members as the store wrote them
};

struct AnswerRows {
  std::vector<AnswerRow> rows;
  // A row has an array of numbers that the shape does not know: it may be a vector of a namespace
  // that was made anew. The shape must be read again.
  bool shape_is_old = false;
};

enum class Keep : std::uint8_t { kNoVectors, kVectors };
// Errors: kUpstream (not a query's answer, or its ids are of another kind). With kVectors the shape
// is never found to be old.
Result<AnswerRows> cut_rows(std::string_view answer, const Shape& shape,
                            Keep keep = Keep::kNoVectors);

}  // namespace layer::features::documents
