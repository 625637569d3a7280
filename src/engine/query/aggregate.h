// aggregate_by and group_by: counts and sums over the rows that pass the filter, by dictionary
// ordinals within a segment and by values across segments.
// Thread safety: const use from many threads; a context belongs to one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "engine/query/query_context.h"
#include "wire/query.h"
#include "wire/response.h"

namespace layer::engine::query {

class Aggregation {
 public:
  // Errors: 400 as the wire words them.
  static Result<Aggregation> bind(const wire::Schema& schema, const wire::SubQuery& query);

  // Errors: 400 when a sum leaves 64 bits; kConflict, kCorrupt.
  Result<wire::QueryResult> run(QueryContext& context) const;

  struct Sum {
    std::string label;
    bool counts = false;  // Count: no attribute
    AttrId attr = 0;
    std::string attribute{};
    wire::Kind kind = wire::Kind::kInt;
  };
  struct Group {
    AttrId attr = 0;
    std::string attribute{};
    std::string alias{};
    bool for_each = false;
  };

 private:
  std::vector<Sum> sums_;
  std::vector<Group> groups_;
  std::size_t groups_max_ = 0;
};

}  // namespace layer::engine::query
