// compute_attributes: members that are worked out for each returned row.
// Thread safety: const use from many threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "engine/query/hit.h"
#include "engine/query/query_context.h"
#include "wire/query.h"
#include "wire/response.h"

namespace layer::engine::query {

class ComputedAttribute {
 public:
  virtual ~ComputedAttribute() = default;

  // The attribute whose stored value the computation reads from the row; nullopt: it reads the
  // segment.
  virtual std::optional<AttrId> reads() const = 0;
  // nullopt: the member is left out. `row` holds at least reads().
  virtual std::optional<wire::OutputField> compute(const segment::Segment& segment, DocId doc,
                                                   const Row& row) const = 0;
};

// Errors: 400 as the wire words them.
Result<std::vector<std::unique_ptr<ComputedAttribute>>> bind_computed(const wire::Schema& schema,
                                                                      const wire::SubQuery& query);

}  // namespace layer::engine::query
