// The rules by which a schema changes: declarations in a request, and inference from the values
// written.
#pragma once

#include "core/error.h"
#include "wire/schema.h"
#include "wire/schema_input.h"

namespace layer::wire {

// What a change asks of existing data.
struct SchemaChange {
  bool changed = false;
  bool needs_rebuild = false;  // an index was switched on, or its tokens change
};

// Merges declarations into `schema` (which is left untouched on error). `new_namespace`: ids and
// dense vector columns may still be declared. `metric`: distance_metric of the request, if any.
// Errors: as the wire words them (400), with Error::attribute set for a type change.
Result<SchemaChange> merge_schema(Schema& schema, const SchemaInput& input, bool new_namespace,
                                  std::optional<DistanceMetric> metric);

}  // namespace layer::wire
