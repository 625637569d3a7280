#include "features/legs/fuse_rows.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "features/namespaces/slices.h"
#include "json/writer.h"

namespace layer::features::legs {
namespace {

struct Fused {
  wire::Id id;
  float score = 0;
  std::vector<std::string> texts;  // of the row in its lists
};

std::string print(const Fused& row) {
  json::Writer out;
  out.begin_object();
  std::vector<std::string> known;
  for (const std::string& text : row.texts) {
    for (namespaces::Member& member : namespaces::members_of(text)) {
      if (member.name == "$dist" || std::ranges::find(known, member.name) != known.end()) {
        continue;
      }
      out.key(member.name).raw(member.value.of(text));
      if (member.name == "id") {
        out.member("$dist", row.score);
      }
      known.push_back(std::move(member.name));
    }
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace

std::vector<LegRow> fuse_rows(std::vector<LegRows> lists, const Fusion& fusion) {
  std::vector<Fused> fused;
  std::map<wire::Id, std::size_t> by_id;
  for (std::size_t q = 0; q < lists.size(); ++q) {
    const float weight = q < fusion.weights.size() ? static_cast<float>(fusion.weights[q]) : 1.0F;
    float rank = 0;
    for (LegRow& row : lists[q].rows) {
      rank += 1.0F;
      const float part = weight / (static_cast<float>(fusion.rank_constant) + rank);
      const auto [at, fresh] = by_id.try_emplace(row.id, fused.size());
      if (fresh) {
        fused.push_back({.id = std::move(row.id), .score = part, .texts = {}});
      } else {
        fused[at->second].score += part;
      }
      fused[at->second].texts.push_back(std::move(row.text));
    }
  }
  std::ranges::sort(fused, [](const Fused& left, const Fused& right) {
    return left.score != right.score ? left.score > right.score : left.id < right.id;
  });
  std::vector<LegRow> rows;
  const std::size_t end = std::min(fused.size(), fusion.offset + fusion.limit);
  for (std::size_t i = fusion.offset; i < end; ++i) {
    rows.push_back({.id = fused[i].id, .dist = fused[i].score, .text = print(fused[i])});
  }
  return rows;
}

}  // namespace layer::features::legs
