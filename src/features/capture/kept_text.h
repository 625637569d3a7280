// A body that was kept while it passed: its first bytes as they came, and what they say.
// Thread safety: a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "http/headers.h"

namespace layer::features::capture {

inline constexpr std::size_t kKeptBytesMax = core::limits::kMiB;

enum class Coding : std::uint8_t { kIdentity, kGzip, kZstd, kOther };
Coding coding_of(const http::Headers& headers);

struct KeptText {
  std::string bytes{};
  Coding coding = Coding::kIdentity;
  bool cut = false;  // more came than is kept

  void keep(std::string_view piece);
  void forget() {
    bytes.clear();
    cut = false;
  }
  // Undoes the coding, as far as the bytes go and no further than kKeptBytesMax; what cannot be
  // read is empty and cut.
  void decode();
};

}  // namespace layer::features::capture
