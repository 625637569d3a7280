// Lists fused by reciprocal ranks (rules HT6 and HT7 of the contract): score = sum in the order of
// the lists of 1 / (rank_constant + rank), in single precision, rank from 1; the highest first,
// then by id. Thread safety: pure functions. Cost: linear in the rows, and a sort.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/legs/legs.h"

namespace layer::features::hybrid {

struct FusedRow {
  struct Place {
    std::size_t rank = 0;  // in that list, from 1
    std::optional<double> score{};
  };
  wire::Id id;
  float score = 0;
  std::string text{};                          // of the first list that has it
  std::vector<std::optional<Place>> places{};  // one a list
};

std::vector<FusedRow> fuse(std::vector<legs::LegRows> lists, double rank_constant);

// The row as it is sent: $score for $dist, and where it stood in each list if `labels` are given.
// `hidden`: a member that nobody asked for; empty: none.
legs::LegRow print_row(FusedRow row, const std::vector<std::string>& labels,
                       std::string_view hidden);

}  // namespace layer::features::hybrid
