#include "json/document.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "json/diagnose.h"

namespace layer::json {
namespace {

// Parsers keep buffers as large as the largest text they saw. One a thread serves ordinary bodies;
// a body beyond this size gets a parser that is dropped with it.
constexpr std::size_t kSharedParserBytesMax = 1024 * 1024;
// simdjson counts the level of scalars as well.
constexpr std::size_t kParserDepth = core::limits::json_depth_max + 1;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

simdjson::error_code parse_with(simdjson::dom::parser& parser, const std::string& padded,
                                std::size_t size, simdjson::dom::document& document, Value& root) {
  if (parser.capacity() < size || parser.max_depth() != kParserDepth) {
    const std::size_t capacity = std::max<std::size_t>(size, 4096);
    if (const auto error = parser.allocate(capacity, kParserDepth)) {
      return error;
    }
  }
  return parser.parse_into_document(document, padded.data(), size, false).get(root);
}

}  // namespace

// Values point into `document`, so that it must not move.
struct Document::Storage {
  std::string padded;
  std::size_t size = 0;
  simdjson::dom::document document;
};

Result<Document> Document::parse(std::string text) {
  auto storage = std::make_shared<Storage>();
  storage->size = text.size();
  storage->padded = std::move(text);
  storage->padded.append(simdjson::SIMDJSON_PADDING, ' ');

  Document parsed;
  simdjson::error_code error = simdjson::EMPTY;
  if (storage->padded.starts_with(kByteOrderMark)) {
    error = simdjson::TAPE_ERROR;  // newer parsers would skip it, the store does not
  } else if (storage->size > kSharedParserBytesMax) {
    simdjson::dom::parser parser;
    error = parse_with(parser, storage->padded, storage->size, storage->document, parsed.root_);
  } else if (storage->size > 0) {
    thread_local simdjson::dom::parser parser;
    error = parse_with(parser, storage->padded, storage->size, storage->document, parsed.root_);
  }
  parsed.storage_ = std::move(storage);
  if (error != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidJson, "Failed to parse the request body as JSON: " +
                                             diagnose(parsed.text(), error_message(error)));
  }
  return parsed;
}

std::string_view Document::text() const {
  return storage_ ? std::string_view(storage_->padded).substr(0, storage_->size)
                  : std::string_view{};
}

}  // namespace layer::json
