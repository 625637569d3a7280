// Ids as callers write them, read as the namespace's kind (rules I1 to I4 of the contract). Thread
// safety: pure functions. Errors: kValidation, with the field "reason": "id_type" where the text is
// not of the kind.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "json/document.h"
#include "wire/id.h"

namespace layer::features::documents {

// "uint", "uuid", "string".
Result<wire::IdType> parse_id_type(std::string_view name);

// The text of a path segment, percent-decoded once.
Result<wire::Id> read_id(std::string_view text, wire::IdType type);
// An item of a body. A decimal string is an integer where ids are, and any spelling of a UUID is
// one; `place` ("ids[3]") is what an error names.
Result<wire::Id> read_id(const json::Value& value, wire::IdType type, std::string_view place);

// As JSON keeps the type: integers are numbers, the others strings.
void append_json(std::string& out, const wire::Id& id);

}  // namespace layer::features::documents
