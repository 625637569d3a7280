// Lists of several namespaces as one (rule FQ5 of the contract). Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/search/searcher.h"
#include "resources/kinds.h"
#include "wire/schema.h"

namespace layer::features::federated {

// What the Index of a namespace says of its vectors.
struct Profile {
  std::string model;
  std::string normalization;
  std::optional<std::uint32_t> output_dim;
  std::string metric;
  bool operator==(const Profile&) const = default;
};
// No embedding, or no Index: no profile.
std::optional<Profile> profile_of(const resources::IndexSpec* index);

enum class MergeMethod : std::uint8_t { kDistance, kRankInterleave };
std::string_view name(MergeMethod method);  // "distance", "rank-interleave"

struct MergeChoice {
  MergeMethod method = MergeMethod::kRankInterleave;
  // Why vector distances are not compared: "missing_embedding_profile",
  // "embedding_profile_mismatch"; empty where there is nothing to compare.
  std::string_view downgraded_reason{};
};

// A namespace that answered.
struct MergeInput {
  std::string_view ns;
  const search::SearchAnswer* answer = nullptr;
  const Profile* profile = nullptr;      // null: there is none
  const wire::Schema* schema = nullptr;  // null: not known, so nothing agrees with it
};

// Distances are compared when every answer is one of a vector query and all profiles are equal and
// agree with schema and query. BM25 scores never are: they depend on the rows around them.
MergeChoice choose_merge(std::span<const MergeInput> inputs);

struct MergedRow {
  std::size_t input = 0;  // position among the inputs
  std::size_t rank = 0;   // 1-based, in its namespace
};
// The best `top_k`: by distance, else rank; then by namespace; then as the namespace has them.
// Cost: a heap of one entry an input.
std::vector<MergedRow> merge_rows(std::span<const MergeInput> inputs, MergeMethod method,
                                  std::size_t top_k);

// `row`, an object, with "$namespace" and "$rank" before its own members.
std::string with_origin(std::string_view row, std::string_view ns, std::size_t rank);

}  // namespace layer::features::federated
