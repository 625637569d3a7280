// What a blob's first bytes say it is. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace layer::features::blobs {

inline constexpr std::size_t kSniffBytes = 12;  // as many as sniff_content_type() looks at

// image/jpeg, image/png, image/gif, image/webp, else application/octet-stream.
std::string_view sniff_content_type(std::string_view bytes);

}  // namespace layer::features::blobs
