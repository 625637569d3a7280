#include "wire/rank_input.h"

#include <algorithm>
#include <array>

namespace layer::wire {
namespace {

constexpr std::array<std::string_view, 10> kScoreNames{
    "Sum", "Max", "Product", "And", "Or", "Not", "Attribute", "Dist", "Saturate", "Decay"};

}  // namespace

bool is_score_name(std::string_view name) {
  return std::ranges::find(kScoreNames, name) != kScoreNames.end();
}

bool is_vector_operator(std::string_view name) {
  return name == "ANN" || name == "kNN" || name == "SparseKNN";
}

std::string_view string_or_empty(const json::Value& value) {
  return value.is_string() ? value.get_string().value_unsafe() : std::string_view{};
}

bool is_embed(const json::Value& operand) {
  if (!operand.is_array()) {
    return false;
  }
  const json::Array parts = operand.get_array().value_unsafe();
  return parts.begin() != parts.end() && string_or_empty(*parts.begin()) == "Embed";
}

Failure no_rank_input(const Path& path) {
  return shape_error(path, "data did not match any variant of enum a valid variant of RankInput");
}

}  // namespace layer::wire
