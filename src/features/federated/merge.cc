#include "features/federated/merge.h"

#include <algorithm>
#include <queue>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace layer::features::federated {
namespace {

using search::RankKind;
using search::SearchAnswer;

// What the profile promises, the schema keeps and the query asks for.
bool agrees(const MergeInput& input) {
  const SearchAnswer& answer = *input.answer;
  if (answer.rows.empty()) {
    return true;  // there is nothing to compare
  }
  if (input.schema == nullptr) {
    return false;
  }
  const auto attribute = input.schema->find(answer.vector_attribute);
  if (!attribute) {
    return false;
  }
  const wire::AttributeType& type = input.schema->at(*attribute).type;
  const auto metric = input.schema->distance_metric;
  return type.kind == wire::Kind::kDense && type.dims == input.profile->output_dim &&
         type.dims == answer.vector_dims && metric && name(*metric) == input.profile->metric &&
         std::ranges::all_of(answer.rows,
                             [](const legs::LegRow& row) { return row.dist.has_value(); });
}

// The next row of an input that is not merged yet.
struct Head {
  double key = 0;  // the distance, or the rank
  std::string_view ns;
  MergedRow row;
};
struct Later {
  bool operator()(const Head& left, const Head& right) const {
    return left.key != right.key ? left.key > right.key : left.ns > right.ns;
  }
};

}  // namespace

std::optional<Profile> profile_of(const resources::IndexSpec* index) {
  if (index == nullptr || !index->embedding) {
    return std::nullopt;
  }
  return Profile{.model = index->embedding->model,
                 .normalization = index->embedding->normalization,
                 .output_dim = index->embedding->output_dim,
                 .metric = index->distance_metric};
}

std::string_view name(MergeMethod method) {
  return method == MergeMethod::kDistance ? "distance" : "rank-interleave";
}

MergeChoice choose_merge(std::span<const MergeInput> inputs) {
  const bool vectors = std::ranges::all_of(
      inputs, [](const MergeInput& input) { return input.answer->kind == RankKind::kVector; });
  if (!vectors || inputs.empty()) {
    return {};
  }
  if (std::ranges::any_of(inputs, [](const MergeInput& i) { return i.profile == nullptr; })) {
    return {.downgraded_reason = "missing_embedding_profile"};
  }
  const bool equal = std::ranges::all_of(
      inputs, [&](const MergeInput& input) { return *input.profile == *inputs.front().profile; });
  if (!equal || !std::ranges::all_of(inputs, agrees)) {
    return {.downgraded_reason = "embedding_profile_mismatch"};
  }
  return {.method = MergeMethod::kDistance};
}

std::vector<MergedRow> merge_rows(std::span<const MergeInput> inputs, MergeMethod method,
                                  std::size_t top_k) {
  std::priority_queue<Head, std::vector<Head>, Later> heads;
  const auto push = [&](std::size_t input, std::size_t rank) {
    const auto& rows = inputs[input].answer->rows;
    if (rank <= rows.size()) {
      const double key = method == MergeMethod::kDistance ? rows[rank - 1].dist.value_or(0)
                                                          : static_cast<double>(rank);
      heads.push({.key = key, .ns = inputs[input].ns, .row = {.input = input, .rank = rank}});
    }
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    push(i, 1);
  }
  std::vector<MergedRow> merged;
  while (!heads.empty() && merged.size() < top_k) {
    const MergedRow row = heads.top().row;
    heads.pop();
    merged.push_back(row);
    push(row.input, row.rank + 1);
  }
  return merged;
}

std::string with_origin(std::string_view row, std::string_view ns, std::size_t rank) {
  std::string out = R"({"$namespace":)";
  core::append_json_string(out, ns);
  out += fmt::format(R"(,"$rank":{})", rank);
  const std::size_t begin = row.find('{') + 1;
  const std::size_t first = row.find_first_not_of(" \t\r\n", begin);
  if (first != std::string_view::npos && row[first] != '}') {
    out += ',';
  }
  out += row.substr(begin);
  return out;
}

}  // namespace layer::features::federated
