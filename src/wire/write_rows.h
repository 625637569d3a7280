// The row and column forms of upserts and patches, and lists of ids. Shape only: values stay JSON.
// Thread safety: free functions. Cost: one pass over the members, no copy of values; columns and
// rows end in the same form.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "json/path.h"
#include "wire/write.h"

namespace layer::wire {

// Errors: 422 for rows that are no objects, lack an id or have a member twice.
Result<std::vector<RawRow>> read_rows(const json::Value& value, const json::Path& path);

// {"id": [...], attribute: [...]}. Errors: 422 as above, 400 for columns of different lengths.
Result<std::vector<RawRow>> read_columns(const json::Value& value, const json::Path& path);

// The members of an object as fields; `id` is refused (400): an id cannot be patched.
Result<std::vector<RawField>> read_patch(const json::Value& value, const json::Path& path);

// A list of ids of one JSON type. Errors: 422.
Result<std::vector<json::Value>> read_ids(const json::Value& value, const json::Path& path);

// Whether a JSON value has the shape of an id: an unsigned integer or a string.
bool has_id_shape(const json::Value& value);

// The first attribute that is named twice.
std::optional<std::string_view> duplicate_name(const std::vector<RawField>& fields);

// Adds the values of one column to `rows`, one each. Errors: 422 when it is no array, 400 when its
// length differs.
Result<void> append_column(std::vector<RawRow>& rows, std::string_view name,
                           const json::Value& column, const json::Path& path);

}  // namespace layer::wire
