// From hits to rows: which attributes come back, read only for the rows that are returned.
// Thread safety: const use from many threads.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/error.h"
#include "engine/query/compute.h"

namespace layer::engine::query {

class Projector {
 public:
  // Errors: 400 for unknown names, as the wire words them.
  static Result<Projector> bind(const wire::Schema& schema, const wire::SubQuery& query);

  // Errors: kCorrupt.
  Result<wire::Rows> read(const Snapshot& snapshot, std::span<const Hit> hits, bool has_dist) const;

 private:
  Result<wire::OutputRow> read_row(const Snapshot& snapshot, const Hit& hit, Row& buffer) const;

  std::vector<bool> shown_;      // by AttrId
  std::vector<AttrId> fetched_;  // ascending: shown, and what computed attributes read
  std::vector<std::unique_ptr<ComputedAttribute>> computed_;
};

}  // namespace layer::engine::query
