// Parsed JSON in memory: a thin, typed view over simdjson's DOM. The whole text is checked (syntax,
// UTF-8, depth) before the first value is read. Integers keep 64 bits; 1 and 1.0 are told apart by
// type(): is_double() holds for every number, and is_uint64() for every integer that fits.
// Duplicate names in an object are kept in the order written: what they mean is the reader's call.
// Thread safety: a Document is read by many threads once parsed; Values are valid while it lives.
// Cost: memory of about 8 bytes per byte of text in the worst case, dropped with the document.
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
  // Holds nothing: root() must not be read before a parsed document was moved in.
  Document() = default;
  // Takes the text, which is kept. Errors: kInvalidJson with the message
  // "Failed to parse the request body as JSON: <detail> at line L column C" for everything that is
  // not JSON, and for what this program refuses to hold: nesting beyond
  // core::limits::json_depth_max, integers beyond 64 bits, numbers beyond the range of a double, a
  // byte order mark.
  static Result<Document> parse(std::string text);

  const Value& root() const { return root_; }
  // As parsed, valid while the document lives.
  std::string_view text() const;

 private:
  struct Storage;
  std::shared_ptr<Storage> storage_;
  Value root_;
};

}  // namespace layer::json
