#include "engine/routes/url.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "core/limits.h"

namespace layer::engine::routes {
namespace {

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

std::unexpected<Error> invalid_characters() {
  return fail(ErrorCode::kInvalidUrl,
              "Invalid URL: Namespace contains invalid characters, must be [A-Za-z0-9-_.]");
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    std::uint8_t byte = 0;
    const char* begin = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2) {
      return std::nullopt;
    }
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) {
      return percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    }
  }
  return std::nullopt;
}

Result<std::uint64_t> query_number(std::string_view query, std::string_view name,
                                   std::uint64_t fallback) {
  const auto text = query_parameter(query, name);
  if (!text || text->empty()) {
    return fallback;
  }
  std::uint64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end) {
    return fail(ErrorCode::kInvalidUrl,
                fmt::format("Failed to deserialize query string: {}: expected a non-negative "
                            "integer, got '{}'",
                            name, std::string_view(*text).substr(0, 64)));
  }
  return number;
}

Result<std::string> namespace_name(std::string_view segment) {
  const auto name = percent_decode(segment);
  if (!name || name->empty() || !std::ranges::all_of(*name, is_name_character)) {
    return invalid_characters();
  }
  if (name->size() > core::limits::namespace_name_bytes_max) {
    return fail(ErrorCode::kInvalidUrl,
                fmt::format("Invalid URL: Namespace `{}` is too long, limit is currently {} "
                            "characters",
                            *name, core::limits::namespace_name_bytes_max));
  }
  return *name;
}

}  // namespace layer::engine::routes
