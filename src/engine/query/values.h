// Comparing and keying scalar values of one kind: what ordering, grouping and filters share.
// Thread safety: free functions.
#pragma once

#include <string>

#include "engine/segment/column.h"
#include "wire/id.h"
#include "wire/value.h"

namespace layer::engine::query {

// Negative, zero or positive. Null sorts before everything; otherwise both must be scalars of the
// same kind. Strings and UUIDs by bytes, false before true.
int compare(const wire::Value& left, const wire::Value& right);

// The same between values of two dictionaries of one kind, without copying strings.
int compare(const segment::Column& left, segment::Ordinal left_ordinal,
            const segment::Column& right, segment::Ordinal right_ordinal);

// Appends bytes that are equal exactly when the values are; no key is a prefix of another.
void append_key(std::string& out, const wire::Value& value);

// An id as a value and back: every id kind is also a scalar kind.
wire::Value to_value(const wire::Id& id);
wire::Id to_id(const wire::Value& value);
// The scalar type that ids of this kind have.
wire::AttributeType type_of_ids(wire::IdType type);

}  // namespace layer::engine::query
