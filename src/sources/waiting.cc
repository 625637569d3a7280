#include "sources/waiting.h"

#include <charconv>
#include <cstdint>

namespace layer::sources {

std::optional<milliseconds> parse_retry_after(std::string_view value) {
  std::uint32_t seconds = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (ec != std::errc() || end != value.data() + value.size()) {
    return std::nullopt;
  }
  return std::min(milliseconds(std::chrono::seconds(seconds)), kRetryAfterMax);
}

}  // namespace layer::sources
