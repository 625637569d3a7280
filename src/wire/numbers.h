// Numbers of a JSON document as vector elements: how they are narrowed, and what is refused.
// Thread safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::wire {

// Whether `value` can be read by read_elements: an array of numbers, or a string (base64).
bool looks_like_vector(const json::Value& value);

// Elements of one vector from an array of numbers or base64 of little-endian f32, rounded to
// `type`. `dims`: how many there must be; nullopt takes any count but zero.
// Errors (400, a reason without the attribute's name): wrong count, not a number, not finite or
// beyond what the element type can hold.
Result<std::vector<float>> read_elements(const json::Value& value, ElementType type,
                                         std::optional<std::uint32_t> dims);

// A sparse vector from an object of numbers. Errors as above, and too many dimensions.
Result<SparseVector> read_sparse(const json::Object& object);

// "string", "int", "float", "bool", "array", "object", "null", with the value when it is short:
// what messages say was found.
std::string describe_kind(const json::Value& value);

}  // namespace layer::wire
