// Parsed JSON in memory: a thin, typed view over simdjson's DOM. The whole text is checked (syntax,
// UTF-8, depth) before the first value is read. Integers keep 64 bits; 1 and 1.0 are told apart.
// Thread safety: a Document is read by many threads once parsed; Values are valid while it lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "core/error.h"

namespace layer::json {

using Value = simdjson::dom::element;
using Array = simdjson::dom::array;
using Object = simdjson::dom::object;

class Document {
 public:
  Document() = default;
  // Takes the text, which is kept. Errors: kInvalidJson with the message
  // "Failed to parse the request body as JSON: <detail> at line L column C".
  static Result<Document> parse(std::string text);

  const Value& root() const { return root_; }
  std::string_view text() const;

 private:
  struct Storage;
  std::shared_ptr<Storage> storage_;
  Value root_;
};

}  // namespace layer::json
