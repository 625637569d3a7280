#include "http/headers.h"

#include "core/text.h"

namespace layer::http {

Headers::Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, value] : fields) {
    add(name, value);
  }
}

void Headers::add(std::string_view name, std::string_view value) {
  entries_.push_back({static_cast<std::uint32_t>(text_.size()),
                      static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
  text_ += name;
  text_ += value;
}

void Headers::set(std::string_view name, std::string_view value) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (core::equals_ignore_case((*this)[i].first, name)) {
      // The new text goes to the end; the old one stays until clear().
      add(name, value);
      entries_[i] = entries_.back();
      entries_.pop_back();
      return;
    }
  }
  add(name, value);
}

void Headers::clear() {
  text_.clear();
  entries_.clear();
}

void Headers::reserve(std::size_t fields, std::size_t bytes) {
  entries_.reserve(fields);
  text_.reserve(bytes);
}

std::pair<std::string_view, std::string_view> Headers::operator[](std::size_t index) const {
  const Entry& entry = entries_[index];
  const std::string_view text = text_;
  return {text.substr(entry.at, entry.name_bytes),
          text.substr(entry.at + entry.name_bytes, entry.value_bytes)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].name_bytes == name.size()) {
      const auto [key, value] = (*this)[i];
      if (core::equals_ignore_case(key, name)) {
        return value;
      }
    }
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    found += core::equals_ignore_case((*this)[i].first, name) ? 1 : 0;
  }
  return found;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto [key, value] = (*this)[i];
    if (!core::equals_ignore_case(key, name)) {
      continue;
    }
    std::string_view list = value;
    while (const auto element = next_list_element(list)) {
      if (core::equals_ignore_case(*element, token)) {
        return true;
      }
    }
  }
  return false;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string_view> next_list_element(std::string_view& list) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    if (!element.empty()) {
      return element;
    }
  }
  return std::nullopt;
}

}  // namespace layer::http
