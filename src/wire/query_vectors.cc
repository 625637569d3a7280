#include <fmt/format.h>

#include <cmath>

#include "core/limits.h"
#include "wire/base64.h"
#include "wire/rank_by_parse.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

constexpr std::string_view kExpectedVector = "a vector: numbers or a base64 string";

Result<void> check(const std::vector<float>& vector) {
  if (vector.empty()) {
    return semantic_error("💔 query vectors must not be empty");
  }
  if (vector.size() > core::limits::vector_dims_max) {
    return semantic_error(fmt::format("💔 query vectors must have at most {} dimensions, got {}",
                                      core::limits::vector_dims_max, vector.size()));
  }
  for (const float element : vector) {
    if (!std::isfinite(element)) {
      return semantic_error("💔 query vectors must hold finite f32 numbers");
    }
  }
  return {};
}

Result<std::vector<float>> from_numbers(const json::Array& items, const Path& path) {
  std::vector<float> vector;
  vector.reserve(items.size());
  for (const json::Value item : items) {
    double number = 0;
    if (item.get_double().get(number) != simdjson::SUCCESS) {
      return invalid_type(item, path.item(vector.size()), "f32");
    }
    vector.push_back(static_cast<float>(number));
  }
  return vector;
}

Result<std::vector<float>> one_vector(const json::Value& value, const Path& path) {
  std::vector<float> vector;
  if (value.is_string()) {
    auto decoded = decode_base64_f32(value.get_string().value_unsafe());
    if (!decoded) {
      return shape_error(path, "invalid base64: expected little-endian f32 elements");
    }
    vector = std::move(*decoded);
  } else if (value.is_array()) {
    LAYER_ASSIGN(vector, from_numbers(value.get_array().value_unsafe(), path));
  } else {
    return invalid_type(value, path, kExpectedVector);
  }
  LAYER_TRY(check(vector));
  return vector;
}

bool is_nested(const json::Value& value) {
  if (!value.is_array()) {
    return false;
  }
  const json::Array items = value.get_array().value_unsafe();
  if (items.begin() == items.end()) {
    return false;
  }
  const json::Value first = *items.begin();
  return first.is_array() || first.is_string();
}

}  // namespace

Result<QueryVectors> parse_query_vectors(const json::Value& value, const Path& path) {
  QueryVectors operand{.vectors = {}, .nested = is_nested(value)};
  if (!operand.nested) {
    LAYER_ASSIGN(std::vector<float> vector, one_vector(value, path));
    operand.vectors.push_back(std::move(vector));
    return operand;
  }
  for (const json::Value item : value.get_array().value_unsafe()) {
    LAYER_ASSIGN(std::vector<float> vector, one_vector(item, path.item(operand.vectors.size())));
    if (!operand.vectors.empty() && operand.vectors.front().size() != vector.size()) {
      return semantic_error("💔 query vectors must all have the same number of dimensions");
    }
    operand.vectors.push_back(std::move(vector));
  }
  return operand;
}

}  // namespace layer::wire
