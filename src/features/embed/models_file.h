// The models file: a JSON list of models (rule EM3 of the contract). Thread safety: pure functions.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/error.h"
#include "features/embed/model_spec.h"

namespace layer::features::embed {

inline constexpr std::size_t kModelsMax = 64;
inline constexpr std::size_t kModelsFileBytesMax = std::size_t{1} << 20;

// Every mistake is in the list, each with the place it is at: "[2].dims: ...".
std::expected<std::vector<ModelSpec>, std::vector<Error>> parse_models(std::string text);

}  // namespace layer::features::embed
