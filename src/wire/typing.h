// JSON values to typed values: what a schema makes of what was written, and what an undeclared
// value implies.
#pragma once

#include <optional>
#include <string_view>

#include "core/error.h"
#include "json/document.h"
#include "wire/id.h"
#include "wire/literal.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::wire {

// Id of the given kind from JSON. Errors: 422 for shapes no id has, 400 for the wrong kind.
// `path` ("upsert_rows[0].id") locates a 422.
Result<Id> read_id(const json::Value& value, std::optional<IdType> type, std::string_view path);
Result<Id> read_id(const Literal& literal, IdType type);

// The attribute a first value implies; nullopt for null. Errors: 400 for what must be declared.
Result<std::optional<Attribute>> infer_attribute(std::string_view name, const json::Value& value);

// A value of `attribute`'s type; JSON null gives Null. Checks size limits and dims; rounds vectors.
// `[]unknown` with elements gives the array of its elements' kind: the caller updates the schema.
Result<Value> read_value(const Attribute& attribute, const json::Value& value);

// A scalar operand of a filter, matched to the scalar kind of `type`. nullopt: it does not fit.
std::optional<Value> fit_scalar(const AttributeType& type, const Literal& literal);

}  // namespace layer::wire
