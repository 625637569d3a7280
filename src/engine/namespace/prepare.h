// From a request to typed rows: everything about a write that can be refused without looking at a
// document. Nothing is changed; the schema that the write implies is a copy.
// Thread safety: free function.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/error.h"
#include "engine/base/row.h"
#include "engine/query/execute.h"
#include "wire/schema.h"
#include "wire/write.h"

namespace layer::engine::ns {

// Fields to set; Null removes the attribute.
struct Patch {
  std::vector<Field> fields;  // ascending by attr
  std::uint64_t bytes = 0;    // logical
};

struct RowPatch {
  wire::Id id;
  Patch patch;
  // The patch as a row, without its nulls: what $ref_new of a condition sees.
  Row incoming;
};

struct Prepared {
  std::shared_ptr<const wire::Schema> schema;  // after the write
  bool schema_changed = false;
  std::vector<Row> upserts;
  std::vector<RowPatch> patches;
  std::vector<wire::Id> deletes;
  std::optional<Patch> filter_patch;
  std::optional<query::BoundFilter> delete_filter, patch_filter;
  std::optional<query::BoundFilter> upsert_condition, patch_condition, delete_condition;
};

// `is_new`: the namespace does not exist yet. Errors: 400 and 422 as the wire words them.
Result<Prepared> prepare(const wire::WriteRequest& request,
                         const std::shared_ptr<const wire::Schema>& schema, bool is_new);

}  // namespace layer::engine::ns
