// Base64 as vectors and bytes travel in it: the standard alphabet with padding.
// Thread safety: free functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace layer::wire {

std::string encode_base64(std::string_view bytes);
// nullopt: a foreign character, wrong padding or length.
std::optional<std::string> decode_base64(std::string_view text);

// Vectors: base64 of little-endian f32 elements.
std::string encode_base64_f32(std::span<const float> elements);
// nullopt: not base64, or not a multiple of four bytes. Elements may be NaN or infinite: the caller
// decides.
std::optional<std::vector<float>> decode_base64_f32(std::string_view text);

}  // namespace layer::wire
