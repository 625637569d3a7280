// Vectors as callers write them: an array of numbers, or base64 of little-endian f32 (rule Q2 of
// the contract). Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::features::search {

// How many numbers `text`, JSON, stands for. Errors: kValidation, naming `member`: neither form,
// none or too many numbers, one that is not finite.
Result<std::size_t> vector_dims(std::string_view text, std::string_view member);

// As a JSON array; each number is the shortest that reads back to the same f32.
std::string print_vector(std::span<const float> values);

// ["attribute","operation",vector]
std::string rank_by_vector(std::string_view attribute, std::string_view operation,
                           std::string_view vector);

}  // namespace layer::features::search
