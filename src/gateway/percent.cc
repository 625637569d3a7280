#include "gateway/percent.h"

#include <algorithm>
#include <utility>

namespace layer::gateway {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Cuts the first pair off a query string; its value when it has that name.
std::optional<std::string> cut_pair(std::string_view& query, std::string_view name) {
  const std::size_t end = query.find('&');
  const std::string_view pair = query.substr(0, end);
  query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  const std::size_t equals = pair.find('=');
  if (percent_decode(pair.substr(0, equals)) != name) {
    return std::nullopt;
  }
  std::string value(equals == std::string_view::npos ? std::string_view{}
                                                     : pair.substr(equals + 1));
  std::ranges::replace(value, '+', ' ');
  return percent_decode(value);
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    if (auto value = cut_pair(query, name)) {
      return value;
    }
  }
  return std::nullopt;
}

std::vector<std::string> query_parameters(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  while (!query.empty()) {
    if (auto value = cut_pair(query, name)) {
      values.push_back(std::move(*value));
    }
  }
  return values;
}

}  // namespace layer::gateway
