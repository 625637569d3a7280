// Appends JSON to a string: commas are put where they belong, strings are escaped as little as JSON
// allows (non-ASCII stays as it is), integers are exact, floats are the shortest decimal that reads
// back to the same number and always show that they are floats (2.0, 1e+30).
// NaN and infinities, which JSON cannot say, are written as null; nothing the wire accepts is one.
// The caller keeps the grammar: begin and end in pairs, a name before each member's value.
// Thread safety: one writer, one thread. Cost: no allocation but the string's growth.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace layer::json {

class Writer {
 public:
  explicit Writer(std::size_t reserve = 0) { text_.reserve(reserve); }

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }

  Writer& key(std::string_view name) {
    separate();
    quote(name);
    text_ += ':';
    comma_ = false;
    return *this;
  }

  Writer& value(std::string_view text) {
    separate();
    quote(text);
    return *this;
  }
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Writer& value(T number) {
    separate();
    digits(number);
    return *this;
  }
  template <std::floating_point T>
  Writer& value(T number) {
    separate();
    if (!std::isfinite(number)) {
      text_ += "null";
      return *this;
    }
    const std::size_t begin = digits(number);
    if (text_.find_first_of(".e", begin) == std::string::npos) {
      text_ += ".0";
    }
    return *this;
  }
  Writer& null() { return raw("null"); }
  // JSON that is already text, as one value.
  Writer& raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
  }

  // A name and its value.
  template <class T>
  Writer& member(std::string_view name, const T& v) {
    key(name);
    return value(v);
  }

  const std::string& text() const { return text_; }
  std::string take() && { return std::move(text_); }

 private:
  void separate() {
    if (comma_) {
      text_ += ',';
    }
    comma_ = true;
  }
  Writer& open(char bracket) {
    separate();
    text_ += bracket;
    comma_ = false;
    return *this;
  }
  Writer& close(char bracket) {
    text_ += bracket;
    comma_ = true;
    return *this;
  }
  // Appends the number and returns where it begins.
  std::size_t digits(auto number) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
    const std::size_t begin = text_.size();
    text_.append(buffer, end);
    return begin;
  }
  void quote(std::string_view text);

  std::string text_;
  bool comma_ = false;
};

}  // namespace layer::json
