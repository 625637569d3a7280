// The rules by which a schema changes: declarations in a request, and inference from the values
// written.
#pragma once

#include <optional>
#include <string_view>

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

// Adds an attribute that a first value implied (infer_attribute). Errors (400): too many
// attributes, a dense vector where none may be added, a vector without a metric. On error the
// schema is untouched.
Result<AttrId> add_inferred(Schema& schema, Attribute attribute, bool new_namespace,
                            std::optional<DistanceMetric> metric);

// Whether a request may name `metric` at all, once its declarations and values are in `schema`:
// every write and query that sends one asks. Errors (400): it differs from the namespace's, or the
// namespace has no vectors to measure.
Result<void> check_metric(const Schema& schema, std::optional<DistanceMetric> metric);

// 1..128 bytes, not starting with `$`, not `id`. Errors: 400.
Result<void> check_attribute_name(std::string_view name);

}  // namespace layer::wire
