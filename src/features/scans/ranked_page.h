// Rows of one answer to a ranked query. Thread safety: pure functions. Cost: one pass.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "wire/id.h"

namespace layer::features::scans {

struct RankedRow {
  wire::Id id;
  double dist = 0;      // 0 where it has none
  std::string value{};  // JSON text of the field, or empty
};

// `list`: the member `rows` of the answer. `field`: whose values are read; empty: none. Errors:
// kUpstream: these are no rows.
Result<std::vector<RankedRow>> cut_rows(std::string_view list, wire::IdType type,
                                        const std::string& field);

}  // namespace layer::features::scans
