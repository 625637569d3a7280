#include "objects/s3/encoding.h"

#include <algorithm>

#include "http/origin.h"

namespace layer::objects::s3 {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string join(const Query& encoded) {
  std::string out;
  for (const auto& [name, value] : encoded) {
    out += out.empty() ? "" : "&";
    out += name;
    out += '=';
    out += value;
  }
  return out;
}

Query encode_all(const Query& query) {
  Query encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) {
    encoded.emplace_back(http::encode_segment(name), http::encode_segment(value));
  }
  return encoded;
}

}  // namespace

std::string encode_path(std::string_view key) {
  std::string out;
  while (true) {
    const std::size_t slash = key.find('/');
    out += http::encode_segment(key.substr(0, slash));
    if (slash == std::string_view::npos) {
      return out;
    }
    out += '/';
    key.remove_prefix(slash + 1);
  }
}

std::string encode_query(const Query& query) {
  Query encoded = encode_all(query);
  std::ranges::sort(encoded);
  return join(encoded);
}

std::string encode_form(const Query& fields) {
  return join(encode_all(fields));
}

std::optional<std::string> decode_listed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];  // a plus of a key is always escaped
      continue;
    }
    if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace layer::objects::s3
