// The members of a JSON object that this module wrote itself. Reads are by name with a type; the
// first that is missing or of another type is remembered, and asked for once at the end.
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "json/document.h"

namespace layer::features::deletions {

class Fields {
 public:
  // `what` names the object in errors; both outlive the reader.
  Fields(std::string_view what, const json::Value& object) : what_(what), object_(object) {}

  std::string text(std::string_view member) {
    return std::string(read<std::string_view>(member).value_or(""));
  }
  template <class T>
  T number(std::string_view member) {
    return read<T>(member).value_or(T{});
  }
  bool flag(std::string_view member, bool otherwise) {
    return has(member) ? read<bool>(member).value_or(otherwise) : otherwise;
  }
  template <class T>
  std::optional<T> optional_number(std::string_view member) {
    return has(member) ? read<T>(member) : std::nullopt;
  }
  std::string optional_text(std::string_view member) {
    return has(member) ? text(member) : std::string{};
  }
  json::Array array(std::string_view member) {
    return read<json::Array>(member).value_or(json::Array{});
  }

  // Errors: kCorrupt, naming the first member that could not be read.
  Result<void> check() const {
    if (bad_) {
      return fail(ErrorCode::kCorrupt, fmt::format("{}: the member '{}' is missing or not of its "
                                                   "type",
                                                   what_, *bad_));
    }
    return {};
  }

 private:
  bool has(std::string_view member) const { return object_[member].error() == simdjson::SUCCESS; }
  template <class T>
  std::optional<T> read(std::string_view member) {
    T value{};
    if (object_[member].get(value) == simdjson::SUCCESS) {
      return value;
    }
    if (!bad_) {
      bad_ = std::string(member);
    }
    return std::nullopt;
  }

  std::string_view what_;
  json::Value object_;
  std::optional<std::string> bad_;
};

inline constexpr std::uint32_t kObjectVersion = 1;  // "v" of intents and receipts

// The parsed text, if it is an object of a version this program reads. Errors: kCorrupt.
Result<json::Document> parse_object(std::string_view what, std::string text);

}  // namespace layer::features::deletions
