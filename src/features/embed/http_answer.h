// The JSON of an OpenAI-compatible embeddings endpoint. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/error.h"
#include "features/embed/model.h"

namespace layer::features::embed {

// `dimensions` 0: the endpoint's own.
std::string print_embeddings_request(std::string_view model, std::span<const std::string> inputs,
                                     std::uint32_t dimensions);

// Vectors by their index, each as base64 of f32 or as numbers. Errors: kUpstream (not such an
// answer; another number of vectors; another number of dimensions; numbers that are not finite).
Result<Vectors> parse_embeddings_answer(std::string text, std::size_t count, std::uint32_t dims);

}  // namespace layer::features::embed
