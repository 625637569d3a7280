#include "features/hybrid/leg_plan.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "features/freshness/read_cut.h"
#include "features/namespaces/slices.h"
#include "json/wrong_member.h"

namespace layer::features::hybrid {
namespace {

constexpr unsigned kDistanceMax = 2;
constexpr std::size_t kWindowMin = 50;
constexpr std::size_t kWindowMax = 200;
constexpr std::size_t kWindowFactor = 5;  // rows of a leg for each row asked for

unsigned distance_max(const HybridAsk& ask) {
  return ask.expression.options.distance_max.value_or(kDistanceMax);
}

// A longer word may differ more.
std::string fuzzy_filter(const HybridAsk& ask, const std::string& word, unsigned distance) {
  std::string filter = "[" + core::json_string(ask.expression.field) + R"(,"Fuzzy",)" +
                       core::json_string(word) + R"(,{"max_edit_distance":[)";
  for (unsigned d = 0; d <= distance; ++d) {
    filter += d == 0 ? "" : ",";
    filter += R"({"min_query_chars":)" + std::to_string(kFuzzyCharsMin * (d + 1)) +
              R"(,"distance":)" + std::to_string(d) + "}";
  }
  return filter + R"(],"case_sensitive":false}])";
}

legs::Leg leg_of(const HybridAsk& ask, std::string label, std::string rank_by, std::size_t window) {
  return {.label = std::move(label),
          .rank_by = std::move(rank_by),
          .filters = ask.filters,
          .include_attributes = ask.include_attributes,
          .exclude_attributes = ask.exclude_attributes,
          .more = ask.more,
          .limit = window};
}

// The list without `name`, or with it behind the others.
std::string list_of_others(std::string_view list, std::string_view name, bool with) {
  std::string out;
  for (const namespaces::Slice& item : namespaces::items_of(list)) {
    if (namespaces::string_of(item.of(list)) != name) {
      out += out.empty() ? "[" : ",";
      out += item.of(list);
    }
  }
  if (with) {
    out += (out.empty() ? "[" : ",") + core::json_string(name);
  }
  return out.empty() ? out : out + "]";
}

// What a surfaced row must show so that it can be compared.
void show_field(legs::Leg& leg, const std::string& field) {
  if (!leg.exclude_attributes.empty()) {
    leg.exclude_attributes = list_of_others(leg.exclude_attributes, field, false);
    if (leg.exclude_attributes.empty()) {
      leg.include_attributes = "true";
    }
  } else if (leg.include_attributes != "true") {
    leg.include_attributes = list_of_others(leg.include_attributes, field, true);
  }
}

}  // namespace

Result<LegPlan> plan_legs(const HybridAsk& ask) {
  std::vector<std::string> words = words_of(ask.expression.input);
  if (words.empty()) {
    return json::wrong_member("rank_by", "the text has no word of at least two characters");
  }
  LegPlan plan;
  const HybridOptions& options = ask.expression.options;
  plan.window = ask.window.value_or(options.per_leg_limit.value_or(
      std::clamp(kWindowFactor * ask.top_k, kWindowMin, kWindowMax)));
  if (!ask.semantic.empty()) {
    plan.legs.push_back(leg_of(ask, "semantic", ask.semantic, plan.window));
  }
  const std::string lexical = "[" + core::json_string(ask.expression.field) + R"(,"BM25",)" +
                              core::json_string(ask.expression.input) + "]";
  plan.legs.push_back(leg_of(ask, "bm25", lexical, plan.window));
  plan.mandatory = plan.legs.size();

  plan.words = choose_words(std::move(words), options);
  std::vector<std::string> kept;
  std::vector<std::string> surplus;
  for (std::string& word : plan.words.words) {
    const bool fuzzy = count_chars(word) >= kFuzzyCharsMin;
    if (fuzzy && plan.mandatory + plan.fuzzy.size() == legs::kLegsMax) {
      surplus.push_back(std::move(word));
      continue;
    }
    if (fuzzy) {
      plan.fuzzy.push_back(word);
    }
    kept.push_back(std::move(word));
  }
  plan.words.words = std::move(kept);
  plan.words.dropped.insert(plan.words.dropped.begin(), surplus.begin(), surplus.end());
  if (ask.fuzzy_supported) {
    for (const std::string& word : plan.fuzzy) {
      legs::Leg leg = leg_of(ask, "fuzzy:" + word, lexical, plan.window);
      leg.filters = freshness::all_of({ask.filters, fuzzy_filter(ask, word, distance_max(ask))});
      plan.legs.push_back(std::move(leg));
    }
  }
  return plan;
}

legs::Leg surfacing_leg(const HybridAsk& ask, const std::string& word, std::size_t window,
                        bool ranked) {
  std::string rank_by = R"(["id","asc"])";
  if (ranked) {
    rank_by = R"(["Sum",[)";
    for (unsigned d = 0; d <= distance_max(ask); ++d) {
      rank_by += (d == 0 ? "" : ",") + fuzzy_filter(ask, word, d);
    }
    rank_by += "]]";
  }
  legs::Leg leg = leg_of(ask, "fuzzy:" + word, std::move(rank_by), window);
  leg.filters = freshness::all_of({ask.filters, fuzzy_filter(ask, word, distance_max(ask))});
  show_field(leg, ask.expression.field);
  return leg;
}

}  // namespace layer::features::hybrid
