// The schema a segment was built with, as bytes in its meta section.
#pragma once

#include "core/error.h"
#include "engine/segment/bytes.h"
#include "wire/schema.h"

namespace layer::engine::segment {

void encode_schema(const wire::Schema& schema, ByteWriter& out);
// Turns the reader bad on anything malformed.
wire::Schema decode_schema(ByteReader& in);

}  // namespace layer::engine::segment
