#include "features/hybrid/fuse.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "json/splice.h"
#include "json/writer.h"

namespace layer::features::hybrid {
namespace {

// {"$score":...,"$fused":{...}}
std::string print_measures(const FusedRow& row, const std::vector<std::string>& labels) {
  json::Writer out;
  out.begin_object().member("$score", row.score);
  if (!labels.empty()) {
    out.key("$fused").begin_object().key("legs").begin_array();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto& place = row.places[i];
      out.begin_object().member("leg", labels[i]).key("rank");
      if (place) {
        out.value(place->rank);
      } else {
        out.null();
      }
      out.key("score");
      if (place && place->score) {
        out.value(*place->score);
      } else {
        out.null();
      }
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace

std::vector<FusedRow> fuse(std::vector<legs::LegRows> lists, double rank_constant) {
  constexpr double kMost = std::numeric_limits<float>::max();
  const auto constant = static_cast<float>(std::min(rank_constant, kMost));
  std::vector<FusedRow> fused;
  std::map<wire::Id, std::size_t> by_id;
  for (std::size_t list = 0; list < lists.size(); ++list) {
    std::size_t rank = 0;
    for (legs::LegRow& row : lists[list].rows) {
      ++rank;
      const auto [at, fresh] = by_id.try_emplace(row.id, fused.size());
      if (fresh) {
        fused.push_back({.id = row.id, .text = std::move(row.text)});
        fused.back().places.resize(lists.size());
      }
      FusedRow& into = fused[at->second];
      into.score += 1.0F / (constant + static_cast<float>(rank));
      into.places[list] = {.rank = rank, .score = row.dist};
    }
  }
  std::ranges::sort(fused, [](const FusedRow& left, const FusedRow& right) {
    return left.score != right.score ? left.score > right.score : left.id < right.id;
  });
  return fused;
}

legs::LegRow print_row(FusedRow row, const std::vector<std::string>& labels,
                       std::string_view hidden) {
  const auto is_cut = [&](std::string_view name) {
    return name == "$dist" || (!hidden.empty() && name == hidden);
  };
  if (auto cut = json::cut_members(row.text, is_cut)) {
    row.text = std::move(*cut);
  }
  const std::string measures = print_measures(row, labels);
  row.text.replace(row.text.rfind('}'), std::string::npos, "," + measures.substr(1));
  return {.id = std::move(row.id), .dist = row.score, .text = std::move(row.text)};
}

}  // namespace layer::features::hybrid
