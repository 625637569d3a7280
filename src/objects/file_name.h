// File names for the segments of keys: letters, digits, '.', '-' and '_' stay readable, every other
// byte becomes %XX, and so does a leading '.', which hides a file. No name is "." or "..", none
// holds '/', '~' or a NUL, and two segments never share a name. Thread safety: free functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace layer::objects {

std::size_t encoded_bytes(std::string_view segment);
std::string encode_file_name(std::string_view segment);
// nullopt: not a name that encode_file_name gives.
std::optional<std::string> decode_file_name(std::string_view name);

}  // namespace layer::objects
