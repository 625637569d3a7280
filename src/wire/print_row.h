// Values and rows as JSON. Inner to the printers of responses.
#pragma once

#include <cstddef>

#include "json/writer.h"
#include "wire/id.h"
#include "wire/query.h"
#include "wire/response.h"
#include "wire/value.h"

namespace layer::wire {

void write(json::Writer& out, const Id& id);
// Vectors as arrays of numbers, or as base64 of little-endian f32 whatever their element type;
// Null as null.
void write(json::Writer& out, const Value& value, VectorEncoding encoding);
// {"id":..., "$dist":..., attributes...}; absent values are left out.
void write(json::Writer& out, const OutputRow& row, VectorEncoding encoding);
// The value of one member of a row.
void write(json::Writer& out, const OutputField& field, VectorEncoding encoding);

// True for a Null: such a member is left out of its row.
bool is_absent(const OutputField& field);

// Bytes to set aside before the rows are printed, so that vectors do not grow the text step by
// step. An estimate.
std::size_t printed_bytes(const Rows& rows, VectorEncoding encoding);

}  // namespace layer::wire
