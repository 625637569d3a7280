// The members of a JSON object, each taken once by its name; what is left over is unknown. For
// bodies of requests: null counts as absent, and errors name the member at fault.
// Thread safety: belongs to one thread. Errors: kValidation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.h"

namespace layer::json {

class Members {
 public:
  // Keeps the text that its values refer to.
  static Result<Members> parse(std::string_view text);
  // Of a value of a document that outlives it; `path` is put before the names in errors.
  static Result<Members> of(const Value& value, std::string path);

  std::optional<Value> take(std::string_view name);
  // Absent: `out` stays as it is.
  Result<void> text(std::string_view name, std::string& out);
  Result<void> flag(std::string_view name, bool& out);
  template <class T>
  Result<void> number(std::string_view name, T& out, std::uint64_t min, std::uint64_t max) {
    std::optional<std::uint64_t> read;
    LAYER_TRY(read_number(name, read, min, max));
    out = read ? T(*read) : out;
    return {};
  }
  // The JSON of an object, as it came.
  Result<void> object_text(std::string_view name, std::string& out);
  // Errors where there is anything left.
  Result<void> end() const;

  std::string path_of(std::string_view name) const { return path_ + std::string(name); }

 private:
  Result<void> read_number(std::string_view name, std::optional<std::uint64_t>& out,
                           std::uint64_t min, std::uint64_t max);

  Document document_;
  std::string path_;
  std::vector<std::pair<std::string, Value>> members_;
};

}  // namespace layer::json
