// The shared credentials file of Amazon's tools. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objects/s3/credentials.h"

namespace layer::objects::s3 {

inline constexpr std::size_t kProfileFileBytesMax = std::size_t{1} << 20;

// The keys of [profile] in the text of the file; "[profile NAME]", as configuration files spell it,
// counts as well. nullopt: there is no such profile, or it holds no keys.
std::optional<Credentials> read_profile(std::string_view text, std::string_view profile);

}  // namespace layer::objects::s3
