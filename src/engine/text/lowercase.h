// Lower-casing as the store's analyzers do it: each code point by its simple mapping of the Unicode
// character database, so one code point stays one; "Σ" becomes "σ" wherever it stands.
// Thread safety: free functions.
#pragma once

#include <unicode/uchar.h>

#include <string>
#include <string_view>

#include "engine/text/utf8.h"

namespace layer::engine::text {

inline char32_t lowercase(char32_t c) {
  if (c < 0x80) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }
  return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

inline void append_lowercase(std::string_view text, std::string& out) {
  for (std::size_t pos = 0; pos < text.size();) {
    const Decoded next = decode_at(text, pos);
    append_utf8(out, lowercase(next.code_point));
    pos += next.bytes;
  }
}

}  // namespace layer::engine::text
