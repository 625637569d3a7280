#include "sources/records.h"

#include <boost/json.hpp>

namespace layer::sources {

namespace json = boost::json;

const json::value* find_path(const json::value& value, std::string_view path) {
  if (path.starts_with('/')) {
    boost::system::error_code ec;
    const auto* found = value.find_pointer(path, ec);
    return ec ? nullptr : found;
  }
  const json::value* at = &value;
  while (!path.empty()) {
    const auto* object = at->if_object();
    if (object == nullptr) {
      return nullptr;
    }
    if (const auto* whole = object->if_contains(path); whole != nullptr) {
      return whole;
    }
    const auto dot = path.find('.');
    if (dot == std::string_view::npos) {
      return nullptr;
    }
    at = object->if_contains(path.substr(0, dot));
    if (at == nullptr) {
      return nullptr;
    }
    path.remove_prefix(dot + 1);
  }
  return at;
}

std::string text_of(const json::value& value) {
  if (value.is_string()) {
    return std::string(value.as_string());
  }
  if (value.is_number()) {
    return json::serialize(value);
  }
  std::string all;
  if (const auto* list = value.if_array(); list != nullptr) {
    for (const auto& item : *list) {
      if (item.is_string()) {
        all += all.empty() ? "" : "\n\n";
        all += std::string_view(item.as_string());
      }
    }
  }
  return all;
}

}  // namespace layer::sources
