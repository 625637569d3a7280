// Rows of a namespace, as functions need them: which attributes there are, and what some rows hold.
// Thread safety: any loop; what the arguments refer to outlives the await.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "features/documents/origin.h"
#include "features/documents/shape.h"
#include "queue/function_queue.h"

namespace layer::features::functions {

// Where a namespace lives, opened with the gateway's own credential. Errors: kNotFound, and what
// keeps a namespace from being told.
using Resolve = std::function<async::Task<Result<documents::Origin>>(std::string ns)>;

// Of a look-up that never waits.
Resolve resolve_by(std::function<Result<documents::Origin>(const std::string& ns)> look_up);

struct Schema {
  documents::ShapePtr shape;
  std::set<std::string, std::less<>> attributes{};  // reserved ones too

  bool has(std::string_view attribute) const { return attributes.contains(attribute); }
};

using Names = std::vector<std::string>;

// Errors: those of pages::read_metadata.
async::Task<Result<Schema>> read_schema(documents::Origin origin, async::TimePoint deadline);

// Of ids of the namespace, no two the same, in their order: a JSON object with those of the
// attributes that the row has (nullopt: all, vectors too); null: there is no such row. As the store
// has them now (rule G2 of the contract). Errors: those of RowPages::read.
async::Task<Result<std::vector<cache::Bytes>>> read_rows(documents::Origin origin, Schema schema,
                                                         std::vector<wire::Id> ids,
                                                         std::optional<Names> attributes,
                                                         async::TimePoint deadline,
                                                         async::CpuPool& pool);

queue::ItemKey item_key(std::string ns, const wire::Id& id);
// Errors: kValidation when the text is no id of its kind.
Result<wire::Id> row_id(const queue::ItemKey& key);

}  // namespace layer::features::functions
