#include "wire/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/half.h"
#include "core/limits.h"
#include "wire/base64.h"

namespace layer::wire {
namespace {

using simdjson::dom::element_type;

std::unexpected<Error> refuse(std::string reason) {
  return fail(ErrorCode::kInvalidArgument, std::move(reason));
}

bool is_number(const json::Value& value) {
  const element_type type = value.type();
  return type == element_type::DOUBLE || type == element_type::INT64 ||
         type == element_type::UINT64;
}

// Rounded to the element type; not finite when the type cannot hold the number.
float narrow(double number, ElementType type) {
  // Through f32 first, as a vector sent in base64 has gone: both spellings then store the same.
  const auto single = static_cast<float>(number);
  switch (type) {
    case ElementType::kF32:
      return single;
    case ElementType::kF16:
      return core::round_to_half(single);
    case ElementType::kI8: {
      const float rounded = std::nearbyint(single);
      return rounded >= -128 && rounded <= 127 ? rounded : std::numeric_limits<float>::infinity();
    }
  }
  return single;
}

std::unexpected<Error> out_of_range(double number, ElementType type) {
  constexpr std::string_view kNames[] = {"f32", "f16", "i8"};
  return refuse(fmt::format("the number {} is not finite or beyond the range of {}", number,
                            kNames[static_cast<std::size_t>(type)]));
}

std::unexpected<Error> wrong_count(std::uint32_t expected, std::size_t got) {
  return refuse(fmt::format("expected {} dimensions, but got {}", expected, got));
}

Result<void> check_count(std::size_t count, std::optional<std::uint32_t> dims) {
  if (count == 0) {
    return refuse("a vector must not be empty");
  }
  if (dims && count != *dims) {
    return wrong_count(*dims, count);
  }
  if (count > core::limits::vector_dims_max) {
    return refuse(fmt::format("a vector can have at most {} dimensions, but got {}",
                              core::limits::vector_dims_max, count));
  }
  return {};
}

Result<std::vector<float>> from_base64(std::string_view text, ElementType type,
                                       std::optional<std::uint32_t> dims) {
  // The length tells the dims before anything is decoded.
  const std::size_t count_max = text.size() / 4 * 3 / sizeof(float);
  if (dims && count_max > *dims + std::size_t{1}) {
    return wrong_count(*dims, count_max);
  }
  auto elements = decode_base64_f32(text);
  if (!elements) {
    return refuse("expected base64 of little-endian f32 elements");
  }
  LAYER_TRY(check_count(elements->size(), dims));
  for (float& element : *elements) {
    const float narrowed = narrow(element, type);
    if (!std::isfinite(narrowed)) {
      return out_of_range(element, type);
    }
    element = narrowed;
  }
  return std::move(*elements);
}

Result<std::vector<float>> from_array(const json::Array& array, ElementType type,
                                      std::optional<std::uint32_t> dims) {
  LAYER_TRY(check_count(array.size(), dims));
  std::vector<float> elements;
  elements.reserve(array.size());
  for (const json::Value each : array) {
    double number = 0;
    if (each.get_double().get(number) != simdjson::SUCCESS) {
      return refuse(fmt::format("expected numbers, but found {}", describe_kind(each)));
    }
    const float narrowed = narrow(number, type);
    if (!std::isfinite(narrowed)) {
      return out_of_range(number, type);
    }
    elements.push_back(narrowed);
  }
  return elements;
}

}  // namespace

bool looks_like_vector(const json::Value& value) {
  if (value.is_string()) {
    return true;
  }
  if (!value.is_array()) {
    return false;
  }
  const json::Array array = value.get_array().value_unsafe();
  return array.begin() == array.end() || is_number(*array.begin());
}

Result<std::vector<float>> read_elements(const json::Value& value, ElementType type,
                                         std::optional<std::uint32_t> dims) {
  if (value.is_string()) {
    return from_base64(value.get_string().value_unsafe(), type, dims);
  }
  if (!value.is_array()) {
    return refuse(
        fmt::format("expected an array of numbers or base64, but got {}", describe_kind(value)));
  }
  return from_array(value.get_array().value_unsafe(), type, dims);
}

Result<SparseVector> read_sparse(const json::Object& object) {
  SparseVector vector;
  for (const auto& [dimension, weight] : object) {
    double number = 0;
    if (weight.get_double().get(number) != simdjson::SUCCESS) {
      return refuse(fmt::format("expected a number for the dimension '{}', but got {}", dimension,
                                describe_kind(weight)));
    }
    const float narrowed = narrow(number, ElementType::kF16);
    if (!std::isfinite(narrowed)) {
      return out_of_range(number, ElementType::kF16);
    }
    if (narrowed == 0) {
      continue;
    }
    if (vector.entries.size() == core::limits::sparse_dims_max) {
      return refuse(fmt::format("a sparse vector can have at most {} non-zero dimensions",
                                core::limits::sparse_dims_max));
    }
    vector.entries.emplace_back(dimension, narrowed);
  }
  std::ranges::sort(vector.entries, {}, &std::pair<std::string, float>::first);
  const auto twice = std::ranges::adjacent_find(
      vector.entries, {}, [](const auto& entry) { return std::string_view(entry.first); });
  if (twice != vector.entries.end()) {
    return refuse(fmt::format("the dimension '{}' is given twice", twice->first));
  }
  return vector;
}

std::string describe_kind(const json::Value& value) {
  constexpr std::size_t kShown = 64;
  switch (value.type()) {
    case element_type::STRING: {
      const std::string_view text = value.get_string().value_unsafe();
      return text.size() > kShown ? std::string("a string") : fmt::format("string '{}'", text);
    }
    case element_type::INT64:
      return fmt::format("int {}", value.get_int64().value_unsafe());
    case element_type::UINT64:
      return fmt::format("int {}", value.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return fmt::format("float {}", value.get_double().value_unsafe());
    case element_type::BOOL:
      return fmt::format("bool {}", value.get_bool().value_unsafe());
    case element_type::ARRAY:
      return "an array";
    case element_type::OBJECT:
      return "an object";
    default:
      return "null";
  }
}

}  // namespace layer::wire
