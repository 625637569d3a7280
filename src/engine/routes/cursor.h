// Page cursors: opaque to clients, base64 of a small JSON object as the store writes them.
// Thread safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "json/document.h"

namespace layer::engine::routes {

// Of GET /v1/namespaces: where the next page starts.
std::string list_cursor(std::string_view last_name);
// The name the next page starts after. Errors: 400 for what is no cursor.
Result<std::string> read_list_cursor(std::string_view cursor);

// A cursor made of any JSON value, and the value of one.
std::string encode_cursor(std::string_view start_after_json);
Result<json::Document> decode_cursor(std::string_view cursor);
// The member start_after of a decoded cursor. Errors: 400.
Result<json::Value> start_after(const json::Document& cursor);

}  // namespace layer::engine::routes
