// What the readers of rank_by share: the names that decide, and the error when none fits.
#pragma once

#include <string_view>

#include "json/document.h"
#include "wire/shape.h"

namespace layer::wire {

// Names that make a score expression when they stand in position 0.
bool is_score_name(std::string_view name);
// ANN, kNN, SparseKNN: orders by a distance or a product, never part of an expression.
bool is_vector_operator(std::string_view name);

// The string, or "" for every other kind of value: for looking at what may be a name.
std::string_view string_or_empty(const json::Value& value);

// ["Embed", ...]: text that stands for its vector.
bool is_embed(const json::Value& operand);

// 422 "data did not match any variant of enum a valid variant of RankInput".
[[gnu::cold]] Failure no_rank_input(const Path& path);

}  // namespace layer::wire
