// The stored form of ids, values, rows, schemas and settings, shared by log records and manifests.
// Decoders trust nothing: after a bad byte the reader is not ok() and what they return is
// meaningless, so callers check ByteReader::done() once. Layout: docs/formats/log.md.
// Thread safety: free functions.
#pragma once

#include "core/bytes.h"
#include "engine/base/row.h"
#include "engine/namespace/metadata.h"
#include "wire/id.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine::ns {

void encode(core::ByteWriter& out, const wire::Id& id);
void encode(core::ByteWriter& out, const wire::Value& value);
void encode(core::ByteWriter& out, const Row& row);
void encode(core::ByteWriter& out, const wire::Schema& schema);
void encode(core::ByteWriter& out, const Settings& settings);

wire::Id decode_id(core::ByteReader& in);
wire::Value decode_value(core::ByteReader& in);
Row decode_row(core::ByteReader& in);
wire::Schema decode_schema(core::ByteReader& in);
Settings decode_settings(core::ByteReader& in);

}  // namespace layer::engine::ns
