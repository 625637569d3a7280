#include "gateway/routes/byte_range.h"

#include <algorithm>
#include <charconv>

#include "http/headers.h"

namespace layer::gateway {
namespace {

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, number);
  return failed == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<ByteRange> read_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) {
    return std::nullopt;
  }
  const std::string_view range = http::trim(header.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view from = range.substr(0, dash);
  const std::string_view to = range.substr(dash + 1);
  if (from.empty()) {  // the last so many
    const auto count = read_number(to);
    if (!count) {
      return std::nullopt;
    }
    const std::uint64_t length = std::min(*count, size);
    return ByteRange{.offset = size - length, .length = length};
  }
  const auto first = read_number(from);
  const auto last = to.empty() ? std::optional(size) : read_number(to);
  if (!first || !last || *last < *first) {
    return !first || !last || !to.empty() ? std::nullopt : std::optional(ByteRange{});
  }
  if (*first >= size) {
    return ByteRange{};
  }
  return ByteRange{.offset = *first, .length = std::min(*last, size - 1) - *first + 1};
}

}  // namespace layer::gateway
