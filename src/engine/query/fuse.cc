#include "engine/query/fuse.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <unordered_map>

#include "engine/query/hit.h"
#include "engine/query/values.h"

namespace layer::engine::query {
namespace {

void add_fields(wire::OutputRow& row, std::vector<wire::OutputField> fields) {
  for (wire::OutputField& field : fields) {
    const bool known = std::ranges::any_of(
        row.fields, [&](const wire::OutputField& other) { return other.name == field.name; });
    if (!known) {
      row.fields.push_back(std::move(field));
    }
  }
}

// Scores are floats; a number beyond them stands at their end.
float to_float(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::min(value, kMost));
}

}  // namespace

wire::Rows fuse(std::vector<wire::Rows> ranked, const wire::Rrf& rrf, std::size_t offset,
                std::size_t limit) {
  wire::Rows fused;
  std::unordered_map<std::string, std::size_t> by_id;
  for (std::size_t q = 0; q < ranked.size(); ++q) {
    const float weight = q < rrf.weights.size() ? to_float(rrf.weights[q]) : 1.0F;
    float rank = 0;
    for (wire::OutputRow& row : ranked[q]) {
      rank += 1.0F;
      const float part = weight / (to_float(rrf.rank_constant) + rank);
      std::string key;
      append_key(key, to_value(row.id));
      const auto [at, fresh] = by_id.try_emplace(std::move(key), fused.size());
      if (fresh) {
        row.dist = part;
        fused.push_back(std::move(row));
      } else {
        wire::OutputRow& known = fused[at->second];
        *known.dist += part;
        add_fields(known, std::move(row.fields));
      }
    }
  }
  keep_first(fused, offset + limit, [](const wire::OutputRow& left, const wire::OutputRow& right) {
    return left.dist != right.dist ? left.dist > right.dist : left.id < right.id;
  });
  const auto skipped = static_cast<std::ptrdiff_t>(std::min(offset, fused.size()));
  fused.erase(fused.begin(), fused.begin() + skipped);
  return fused;
}

}  // namespace layer::engine::query
