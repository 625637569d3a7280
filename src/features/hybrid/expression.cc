#include "features/hybrid/expression.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "features/hybrid/words.h"
#include "features/namespaces/slices.h"
#include "features/shards/shards.h"
#include "json/document.h"
#include "json/wrong_member.h"

namespace layer::features::hybrid {
namespace {

using json::wrong_member;

// Up to so many tokens Auto takes the text word by word, up to so many it adds the meaning.
constexpr std::size_t kHybridTokensMax = 2;
constexpr std::size_t kFusedTokensMax = 7;

Result<void> read_fuzziness(const json::Value& value, HybridOptions& options) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS && text == "auto") {
    return {};
  }
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number > 2) {
    return wrong_member("rank_by.fuzziness", "expected \"auto\", 0, 1 or 2");
  }
  options.distance_max = static_cast<unsigned>(number);
  return {};
}

Result<void> read_stopwords(const json::Value& value, HybridOptions& options) {
  constexpr std::string_view kExpected = "expected \"en\", false or an array of words";
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    return text == "en" ? Result<void>() : wrong_member("rank_by.stopwords", kExpected);
  }
  bool on = true;
  options.stopwords.emplace();
  if (value.get(on) == simdjson::SUCCESS && !on) {
    return {};
  }
  json::Array words;
  if (value.get(words) != simdjson::SUCCESS) {
    return wrong_member("rank_by.stopwords", kExpected);
  }
  if (words.size() > kStopWordsMax) {
    return wrong_member("rank_by.stopwords", fmt::format("more than {} words", kStopWordsMax));
  }
  for (const json::Value word : words) {
    if (word.get(text) != simdjson::SUCCESS) {
      return wrong_member("rank_by.stopwords", kExpected);
    }
    options.stopwords->push_back(lower(text));
  }
  return {};
}

Result<void> read_rank_constant(const json::Value& value, HybridOptions& options) {
  if (value.get(options.rank_constant) != simdjson::SUCCESS ||
      !std::isfinite(options.rank_constant) || options.rank_constant <= 0) {
    return wrong_member("rank_by.rank_constant", "expected a number above 0");
  }
  return {};
}

Result<std::uint64_t> read_integer(std::string_view member, const json::Value& value,
                                   std::uint64_t max) {
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number < 1 || number > max) {
    return wrong_member(member, fmt::format("expected an integer from 1 to {}", max));
  }
  return number;
}

Result<void> read_hybrid_option(std::string_view name, const json::Value& value,
                                HybridOptions& options) {
  if (name == "fuzziness") {
    return read_fuzziness(value, options);
  }
  if (name == "stopwords") {
    return read_stopwords(value, options);
  }
  if (name == "rank_constant") {
    return read_rank_constant(value, options);
  }
  if (name == "per_leg_limit") {
    LAYER_ASSIGN(const auto limit, read_integer("rank_by.per_leg_limit", value, kLegLimitMax));
    options.per_leg_limit = limit;
    return {};
  }
  if (name == "threads") {
    LAYER_ASSIGN(const auto threads, read_integer("rank_by.threads", value, shards::kThreadsMax));
    options.threads = static_cast<std::uint32_t>(threads);
    return {};
  }
  if (name == "partial") {
    return value.get(options.partial) == simdjson::SUCCESS
               ? Result<void>()
               : wrong_member("rank_by.partial", "expected true or false");
  }
  if (name == "fusion") {
    std::string_view fusion;
    const bool known =
        value.get(fusion) == simdjson::SUCCESS && (fusion == "auto" || fusion == "gateway");
    return known ? Result<void>()
                 : wrong_member("rank_by.fusion", "expected \"auto\" or \"gateway\"");
  }
  return wrong_member("rank_by." + std::string(name),
                      "unknown option; HybridText has fuzziness, stopwords, rank_constant, "
                      "per_leg_limit, threads, partial and fusion");
}

using ReadOption = std::function<Result<void>(std::string_view name, const json::Value& value)>;

// ["field","<op>","text",{options}?]
Result<HybridExpression> read_expression(std::string_view rank_by, std::string_view op,
                                         const ReadOption& read_option) {
  const std::string form = fmt::format(R"(expected ["field","{}","text",{{options}}])", op);
  const auto document = json::Document::parse(std::string(rank_by));
  json::Array parts;
  if (!document || document->root().get(parts) != simdjson::SUCCESS || parts.size() < 3 ||
      parts.size() > 4) {
    return wrong_member("rank_by", form);
  }
  HybridExpression expression;
  std::string_view field;
  std::string_view given;
  std::string_view input;
  if (parts.at(0).get(field) != simdjson::SUCCESS || field.empty() ||
      parts.at(1).get(given) != simdjson::SUCCESS || given != op ||
      parts.at(2).get(input) != simdjson::SUCCESS) {
    return wrong_member("rank_by", form);
  }
  if (input.size() > kInputBytesMax) {
    return wrong_member("rank_by",
                        fmt::format("the text takes more than {} bytes", kInputBytesMax));
  }
  expression.field = field;
  expression.input = input;
  if (parts.size() == 4) {
    json::Object options;
    if (parts.at(3).get(options) != simdjson::SUCCESS) {
      return wrong_member("rank_by", form);
    }
    for (const auto& [name, value] : options) {
      LAYER_TRY(read_option(name, value));
    }
  }
  return expression;
}

Result<void> read_route(const json::Value& value, AutoExpression& out) {
  if (value.is_null()) {
    return {};
  }
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    if (text == "auto") {
      return {};
    }
    for (const Route route : {Route::kHybridText, Route::kFused, Route::kSemantic}) {
      if (name(route) == text) {
        out.route = route;
        out.forced = true;
        return {};
      }
    }
  }
  return wrong_member("rank_by.route",
                      "expected \"auto\", \"hybrid_text\", \"fused\" or \"semantic\"");
}

}  // namespace

std::string_view name(Route route) {
  switch (route) {
    case Route::kHybridText:
      return "hybrid_text";
    case Route::kFused:
      return "fused";
    case Route::kSemantic:
      break;
  }
  return "semantic";
}

Result<HybridExpression> parse_hybrid(std::string_view rank_by) {
  HybridOptions options;
  LAYER_ASSIGN(
      HybridExpression expression,
      read_expression(rank_by, "HybridText", [&](std::string_view name, const json::Value& value) {
        return read_hybrid_option(name, value, options);
      }));
  expression.options = std::move(options);
  return expression;
}

Result<AutoExpression> parse_auto(std::string_view rank_by) {
  AutoExpression out;
  HybridOptions options;
  const auto read_option = [&](std::string_view name, const json::Value& value) -> Result<void> {
    if (name == "route") {
      return read_route(value, out);
    }
    if (name == "vector") {
      return value.is_array() || value.is_null()
                 ? Result<void>()
                 : wrong_member("rank_by.vector", R"(expected numbers or ["Embed","text"])");
    }
    if (name == "fuzziness" || name == "stopwords") {
      return read_hybrid_option(name, value, options);
    }
    return wrong_member("rank_by." + std::string(name),
                        "unknown option; Auto has route, vector, fuzziness and stopwords");
  };
  LAYER_ASSIGN(out.lexical, read_expression(rank_by, "Auto", read_option));
  out.lexical.options = std::move(options);
  if (const auto parts = namespaces::items_of(rank_by); parts.size() == 4) {
    const auto vector = namespaces::raw_member(parts[3].of(rank_by), "vector");
    out.vector = vector == "null" ? "" : vector;
  }
  out.tokens = std::min(words_of(out.lexical.input).size(), kWordsMax);
  if (out.tokens == 0) {
    return wrong_member("rank_by", "the text has no word of at least two characters");
  }
  if (!out.forced) {
    out.route = out.tokens <= kHybridTokensMax  ? Route::kHybridText
                : out.tokens <= kFusedTokensMax ? Route::kFused
                                                : Route::kSemantic;
  }
  return out;
}

}  // namespace layer::features::hybrid
