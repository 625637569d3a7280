// The body of a query with the gateway's own fields (rule Q2 of the contract), taken apart: what
// the gateway consumes is read, everything else stays as the caller wrote it. Thread safety: pure
// functions. Cost: two passes over the body and a copy of its parts; beyond a megabyte call it on a
// pool.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "features/freshness/read_cut.h"

namespace layer::features::search {

inline constexpr std::size_t kTopKDefault = 10;
inline constexpr std::size_t kRowsMax = 10'000;  // top_k, limit and page_window

struct LayerQuery {
  // Exactly one of the three is given. JSON texts, empty where absent.
  std::string vector{};
  std::string nearest_to_id{};
  std::string rank_by{};
  std::string vector_attribute{};  // meant, not JSON; empty: by the schema
  bool exclude_seeds = false;
  bool leg_breakdown = false;
  std::size_t top_k = kTopKDefault;
  std::optional<std::size_t> page_window{};
  bool paged = false;    // `cursor` is there, even if null
  std::string cursor{};  // empty: the first page
  std::string filters{};
  std::string include_attributes{};
  std::string exclude_attributes{};
  std::string vector_encoding{};
  std::string more{};  // further members of the store's, each with its comma before it: ,"a":1
  freshness::TimeRange range{};
  std::string fingerprint{};  // what a cursor of this query is bound to
};

// Errors: kValidation, naming the member: none or several of vector, nearest_to_id and rank_by, a
// number out of its range, a member that goes with no list of rows (aggregations, groups, an
// offset, several queries), those of time_range_of().
Result<LayerQuery> read_layer_query(std::string_view body);

// SHA-256, as bytes, of the body without what may change from page to page (cursor, top_k, limit),
// its members in the order of their names and without white space.
std::string fingerprint_of(std::string_view body);

}  // namespace layer::features::search
