// Rows that hold no word of the text, but something like one (rule HT10 of the contract): each list
// is put in order by how little the nearest word of the row differs. Thread safety: pure functions.
// Cost: linear in the text of the rows, and quadratic in the length of a word.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "features/legs/legs.h"

namespace layer::features::hybrid {

// How many words of a value are compared.
inline constexpr std::size_t kComparedWordsMax = 15;

// Characters to insert, delete or replace (Levenshtein), counted in code points.
std::size_t edit_distance(std::string_view left, std::string_view right);

// `field`: of the rows, a string or an array of strings; rows without come last. Ties by the FNV-1a
// hash of the id, then by id.
void order_by_likeness(legs::LegRows& list, std::string_view word, std::string_view field);

}  // namespace layer::features::hybrid
