// Header fields in the order and spelling they came, in one block of memory that is reused from
// request to request. Names compare without regard to case. Thread safety: a plain value.
// Views stay valid until the next add() or clear().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace layer::http {

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

  void add(std::string_view name, std::string_view value);
  // Gives the first field of that name another value, or adds the field.
  void set(std::string_view name, std::string_view value);
  void clear();
  void reserve(std::size_t fields, std::size_t bytes);
  // Removes the fields for which `unwanted(name, value)` holds.
  template <class Unwanted>
  void erase_if(Unwanted unwanted) {
    const std::string_view text = text_;
    std::erase_if(entries_, [&](const Entry& entry) {
      return unwanted(text.substr(entry.at, entry.name_bytes),
                      text.substr(entry.at + entry.name_bytes, entry.value_bytes));
    });
  }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  std::pair<std::string_view, std::string_view> operator[](std::size_t index) const;

  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::size_t count(std::string_view name) const;
  // True when a field of that name holds `token` in its comma-separated list.
  bool has_token(std::string_view name, std::string_view token) const;

 private:
  struct Entry {
    std::uint32_t at;
    std::uint32_t name_bytes;
    std::uint32_t value_bytes;
  };
  std::string text_;
  std::vector<Entry> entries_;
};

// Without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);
// Cuts the next element off a comma-separated list; nullopt at its end.
std::optional<std::string_view> next_list_element(std::string_view& list);

}  // namespace layer::http
