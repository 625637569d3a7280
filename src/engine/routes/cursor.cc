#include "engine/routes/cursor.h"

#include <utility>

#include "json/writer.h"
#include "wire/base64.h"

namespace layer::engine::routes {
namespace {

// What the store sorts names by, and so what its cursors hold.
constexpr std::string_view kKeySuffix = "-table/";
constexpr std::size_t kCursorBytesMax = 1024;

std::unexpected<Error> invalid_cursor() {
  return fail(ErrorCode::kInvalidArgument,
              "💔 invalid cursor: pass the next_cursor of the page before, unchanged");
}

}  // namespace

std::string encode_cursor(std::string_view start_after_json) {
  json::Writer out;
  out.begin_object().key("continuation_token").null();
  out.key("start_after").raw(start_after_json).end_object();
  return wire::encode_base64(out.text());
}

Result<json::Document> decode_cursor(std::string_view cursor) {
  auto text = cursor.size() <= kCursorBytesMax ? wire::decode_base64(cursor) : std::nullopt;
  if (!text) {
    return invalid_cursor();
  }
  auto document = json::Document::parse(std::move(*text));
  if (!document) {
    return invalid_cursor();
  }
  return document;
}

Result<json::Value> start_after(const json::Document& cursor) {
  json::Object object;
  json::Value value;
  if (cursor.root().get_object().get(object) != simdjson::SUCCESS ||
      object.at_key("start_after").get(value) != simdjson::SUCCESS) {
    return invalid_cursor();
  }
  return value;
}

std::string list_cursor(std::string_view last_name) {
  json::Writer key;
  key.value(std::string(last_name).append(kKeySuffix));
  return encode_cursor(key.text());
}

Result<std::string> read_list_cursor(std::string_view cursor) {
  LAYER_ASSIGN(const json::Document document, decode_cursor(cursor));
  LAYER_ASSIGN(const json::Value value, start_after(document));
  std::string_view key;
  if (value.get_string().get(key) != simdjson::SUCCESS || !key.ends_with(kKeySuffix)) {
    return invalid_cursor();
  }
  key.remove_suffix(kKeySuffix.size());
  return std::string(key);
}

}  // namespace layer::engine::routes
