// The operand of a token operator or of BM25, analysed once, and its evaluation on single values:
// for rows that are in no inverted index yet, for conditions and for computed scores.
// Thread safety: immutable after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/analyzer.h"
#include "wire/literal.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine::text {

struct QueryTerm {
  std::string text;
  std::uint32_t occurrences = 0;
};

struct QueryToken {
  std::uint32_t term = 0;      // index in terms()
  std::uint32_t position = 0;  // dropped words leave holes
};

class TokenQuery {
 public:
  // `parts`: the operand, one text or the elements of an array.
  TokenQuery(const wire::FullTextConfig& config, std::span<const std::string_view> parts,
             bool last_as_prefix);
  // A string or an array of strings; anything else counts as no text.
  static TokenQuery of(const wire::FullTextConfig& config, const wire::Literal& operand,
                       bool last_as_prefix);

  // Distinct terms in the order of their first occurrence, the prefix not among them unless it also
  // occurs as a whole word.
  const std::vector<QueryTerm>& terms() const { return terms_; }
  // All tokens in order, without the prefix.
  const std::vector<QueryToken>& tokens() const { return tokens_; }
  // With last_as_prefix: the last token, a byte prefix of indexed tokens.
  const std::optional<std::string>& prefix() const { return prefix_; }
  bool empty() const { return terms_.empty() && !prefix_; }

 private:
  std::vector<QueryTerm> terms_;
  std::vector<QueryToken> tokens_;
  std::optional<std::string> prefix_;
};

// How often the terms of a query occur in one value.
struct ValueMatch {
  std::vector<std::uint32_t> term_frequencies;  // parallel to TokenQuery::terms()
  bool prefix = false;
  std::uint32_t length = 0;  // tokens of the value
};

// The texts of a value: a string, the elements of an array of strings, nothing for other values.
std::vector<std::string_view> texts_of(const wire::Value& value);

ValueMatch match_value(const Analyzer& analyzer, const TokenQuery& query, const wire::Value& value);

// The token operators. An operand without tokens: all of nothing occurs, none of it does.
bool contains_all_tokens(const Analyzer& analyzer, const TokenQuery& query,
                         const wire::Value& value);
bool contains_any_token(const Analyzer& analyzer, const TokenQuery& query,
                        const wire::Value& value);
bool contains_token_sequence(const Analyzer& analyzer, const TokenQuery& query,
                             const wire::Value& value);

// BM25 of one value without a corpus: no documents, no document frequency, average length 1. This
// is what a computed BM25 attribute shows; 0 when nothing matches.
float score_alone(const wire::FullTextConfig& config, const TokenQuery& query,
                  const ValueMatch& match);

}  // namespace layer::engine::text
