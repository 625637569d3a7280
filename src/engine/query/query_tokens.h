// Query text to tokens: the attribute's own analysis applied to what a query asks for.
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/row.h"
#include "wire/literal.h"
#include "wire/schema.h"

namespace layer::engine::query {

struct QueryToken {
  std::string text;
  std::uint32_t position = 0;
  bool operator==(const QueryToken&) const = default;
};

// Tokens in order; positions run on from one text to the next, as in an array value.
std::vector<QueryToken> analyze(const wire::FullTextConfig& config,
                                std::span<const std::string> texts);
// Tokens of a stored string or []string; nothing for other kinds.
std::vector<QueryToken> analyze_value(const wire::FullTextConfig& config, const wire::Value& value);

// The texts of an operand: one string for word tokenizers, an array of strings for pre-tokenized
// attributes. nullopt: it does not fit.
std::optional<std::vector<std::string>> operand_texts(const wire::FullTextConfig& config,
                                                      const wire::Literal& operand);
// The type operand_texts() wants, as messages name it.
std::string_view operand_type(const wire::FullTextConfig& config);

}  // namespace layer::engine::query
