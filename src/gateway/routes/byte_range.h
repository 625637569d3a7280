// The range header of a download whose size is known. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace layer::gateway {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // 0: nothing of the range is there (416)
};

// nullopt: the whole, as for no header, another unit, several ranges or a malformed one (RFC 9110,
// section 14.2, lets all of them be ignored).
std::optional<ByteRange> read_range(std::string_view header, std::uint64_t size);

}  // namespace layer::gateway
