// The rankings that the gateway understands and stores do not: HybridText and Auto, read from a
// query's rank_by (rules HT1, AU1 and AU2 of the contract). Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::features::hybrid {

inline constexpr double kRankConstantDefault = 60;
inline constexpr std::size_t kLegLimitMax = 10'000;
inline constexpr std::size_t kStopWordsMax = 1'000;  // of a list of the caller's own
inline constexpr std::size_t kInputBytesMax = std::size_t{64} * 1024;

// The options of ["field","HybridText","text",{options}].
struct HybridOptions {
  std::optional<unsigned> distance_max{};               // 0 to 2; unset: "auto", which is 2
  std::optional<std::vector<std::string>> stopwords{};  // none: the English list; empty: off
  double rank_constant = kRankConstantDefault;
  std::optional<std::size_t> per_leg_limit{};
  std::optional<std::uint32_t> threads{};
  bool partial = false;
};

struct HybridExpression {
  std::string field;
  std::string input;
  HybridOptions options{};
};
// `rank_by`: the JSON text of the whole expression. Errors: kValidation, naming the option; a text
// of more than kInputBytesMax.
Result<HybridExpression> parse_hybrid(std::string_view rank_by);

enum class Route : std::uint8_t { kHybridText, kFused, kSemantic };
std::string_view name(Route route);  // "hybrid_text", "fused", "semantic"

// ["field","Auto","text",{route,vector,fuzziness,stopwords}].
struct AutoExpression {
  HybridExpression lexical;
  Route route = Route::kHybridText;
  bool forced = false;
  std::size_t tokens = 0;  // that decided, at most 15
  std::string vector{};    // JSON: an array of numbers or an Embed expression; empty: none given
};
// Errors: those of parse_hybrid(); kValidation: no word in the text.
Result<AutoExpression> parse_auto(std::string_view rank_by);

}  // namespace layer::features::hybrid
