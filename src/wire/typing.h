// JSON values to typed values: what a schema makes of what was written, and what an undeclared
// value implies.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "json/document.h"
#include "wire/id.h"
#include "wire/literal.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::wire {

// Id of the given kind from JSON; without a kind, the kind the value has (a string stays a string).
// Errors: 422 for shapes no id has (`path`, such as "upsert_rows[0].id", locates it), 400 for the
// wrong kind or length.
Result<Id> read_id(const json::Value& value, std::optional<IdType> type, std::string_view path);
Result<Id> read_id(const Literal& literal, IdType type);

// The attribute a first value implies; nullopt for null. Errors: 400 for what must be declared and
// for names no attribute may have.
Result<std::optional<Attribute>> infer_attribute(std::string_view name, const json::Value& value);

// A value of `attribute`'s type. JSON null gives Null, but for dense vectors, which have no null.
// Checks size limits and dims; rounds vectors to their element type, sparse weights to f16.
// `[]unknown` with elements gives the array of its elements' kind: the caller updates the schema
// with element_type_of(). Errors: 400 naming attribute, expectation and finding; 422 for arrays
// that are mixed, nested or hold null.
Result<Value> read_value(const Attribute& attribute, const json::Value& value);

// The type an array value has, for an attribute that was `[]unknown` so far.
AttributeType element_type_of(const Value& array);

// 64 MiB a document (sum of logical_bytes). Errors: 400.
Result<void> check_document_bytes(std::uint64_t bytes);

// A scalar operand of a filter, matched to the scalar kind of `type`. nullopt: it does not fit.
// Against `[]unknown` a literal keeps the kind it has.
std::optional<Value> fit_scalar(const AttributeType& type, const Literal& literal);

}  // namespace layer::wire
