#include "engine/text/token_query.h"

#include <algorithm>
#include <utility>

#include "engine/text/bm25.h"

namespace layer::engine::text {
namespace {

std::uint32_t term_of(std::vector<QueryTerm>& terms, std::string_view text) {
  // Operands are short: a linear search keeps the order of first occurrence for free.
  const auto at = std::ranges::find(terms, text, &QueryTerm::text);
  if (at != terms.end()) {
    return static_cast<std::uint32_t>(at - terms.begin());
  }
  terms.push_back({.text = std::string(text)});
  return static_cast<std::uint32_t>(terms.size() - 1);
}

// Calls visit(const Token&) for the tokens of all elements; positions run on.
template <class Visit>
void for_each_token(const Analyzer& analyzer, const wire::Value& value, Visit&& visit) {
  TokenStream stream;
  std::uint32_t position = 0;
  for (const std::string_view text : texts_of(value)) {
    analyzer.analyze(text, stream, position);
    position = stream.next_position();
    std::ranges::for_each(stream.tokens(), visit);
  }
}

}  // namespace

TokenQuery::TokenQuery(const wire::FullTextConfig& config, std::span<const std::string_view> parts,
                       bool last_as_prefix) {
  const auto analyzer = shared_analyzer(config);
  std::vector<std::pair<std::string, std::uint32_t>> words;
  TokenStream stream;
  std::uint32_t position = 0;
  for (const std::string_view part : parts) {
    analyzer->analyze(part, stream, position);
    position = stream.next_position();
    for (const Token& token : stream.tokens()) {
      words.emplace_back(token.text, token.position);
    }
  }
  if (last_as_prefix && !words.empty()) {
    prefix_ = std::move(words.back().first);
    words.pop_back();
  }
  for (const auto& [text, at] : words) {
    const std::uint32_t term = term_of(terms_, text);
    ++terms_[term].occurrences;
    tokens_.push_back({.term = term, .position = at});
  }
}

TokenQuery TokenQuery::of(const wire::FullTextConfig& config, const wire::Literal& operand,
                          bool last_as_prefix) {
  std::vector<std::string_view> parts;
  if (const auto* text = std::get_if<std::string>(&operand.value)) {
    parts.emplace_back(*text);
  } else if (const auto* array = std::get_if<wire::LiteralArray>(&operand.value)) {
    for (const wire::Literal& element : *array) {
      if (const auto* part = std::get_if<std::string>(&element.value)) {
        parts.emplace_back(*part);
      }
    }
  }
  return {config, parts, last_as_prefix};
}

std::vector<std::string_view> texts_of(const wire::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return {*text};
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    return {texts->begin(), texts->end()};
  }
  return {};
}

ValueMatch match_value(const Analyzer& analyzer, const TokenQuery& query,
                       const wire::Value& value) {
  ValueMatch match;
  match.term_frequencies.resize(query.terms().size());
  for_each_token(analyzer, value, [&](const Token& token) {
    ++match.length;
    const auto at = std::ranges::find(query.terms(), token.text, &QueryTerm::text);
    if (at != query.terms().end()) {
      ++match.term_frequencies[static_cast<std::size_t>(at - query.terms().begin())];
    }
    match.prefix |= query.prefix() && token.text.starts_with(*query.prefix());
  });
  return match;
}

bool contains_all_tokens(const Analyzer& analyzer, const TokenQuery& query,
                         const wire::Value& value) {
  const ValueMatch match = match_value(analyzer, query, value);
  return (match.prefix || !query.prefix()) &&
         std::ranges::none_of(match.term_frequencies, [](auto n) { return n == 0; });
}

bool contains_any_token(const Analyzer& analyzer, const TokenQuery& query,
                        const wire::Value& value) {
  const ValueMatch match = match_value(analyzer, query, value);
  return match.prefix || std::ranges::any_of(match.term_frequencies, [](auto n) { return n > 0; });
}

bool contains_token_sequence(const Analyzer& analyzer, const TokenQuery& query,
                             const wire::Value& value) {
  const auto& wanted = query.tokens();
  if (wanted.empty()) {
    return true;
  }
  // Per query token, the starts of sequences that hold it: a sequence is there when one start is in
  // all of them.
  std::vector<std::vector<std::uint32_t>> starts(wanted.size());
  const std::uint32_t origin = wanted.front().position;
  for_each_token(analyzer, value, [&](const Token& token) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::uint32_t offset = wanted[i].position - origin;
      if (token.position >= offset && query.terms()[wanted[i].term].text == token.text) {
        starts[i].push_back(token.position - offset);
      }
    }
  });
  return std::ranges::any_of(starts.front(), [&](std::uint32_t start) {
    return std::ranges::all_of(
        starts, [&](const auto& each) { return std::ranges::binary_search(each, start); });
  });
}

float score_alone(const wire::FullTextConfig& config, const TokenQuery& query,
                  const ValueMatch& match) {
  float score = 0;
  for (std::size_t i = 0; i < query.terms().size(); ++i) {
    if (match.term_frequencies[i] > 0) {
      const auto occurrences = static_cast<float>(query.terms()[i].occurrences);
      const Bm25Weight weight = bm25_weight(config, 0, 0, occurrences, 1);
      score += weight.score(static_cast<float>(match.term_frequencies[i]),
                            static_cast<float>(match.length));
    }
  }
  return match.prefix ? score + 1.0F : score;
}

}  // namespace layer::engine::text
