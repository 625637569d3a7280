#include "engine/query/query_tokens.h"

#include "engine/text/analyzer.h"

namespace layer::engine::query {

std::vector<QueryToken> analyze(const wire::FullTextConfig& config,
                                std::span<const std::string> texts) {
  const auto analyzer = text::shared_analyzer(config);
  std::vector<QueryToken> tokens;
  text::TokenStream stream;
  std::uint32_t position = 0;
  for (const std::string& value : texts) {
    analyzer->analyze(value, stream, position);
    for (const text::Token& token : stream.tokens()) {
      tokens.push_back({.text = std::string(token.text), .position = token.position});
    }
    position = stream.next_position();
  }
  return tokens;
}

std::vector<QueryToken> analyze_value(const wire::FullTextConfig& config,
                                      const wire::Value& value) {
  if (const auto* single = std::get_if<std::string>(&value)) {
    return analyze(config, std::span(single, 1));
  }
  if (const auto* several = std::get_if<std::vector<std::string>>(&value)) {
    return analyze(config, *several);
  }
  return {};
}

std::optional<std::vector<std::string>> operand_texts(const wire::FullTextConfig& config,
                                                      const wire::Literal& operand) {
  if (config.tokenizer != wire::Tokenizer::kPreTokenizedArray) {
    const auto* single = std::get_if<std::string>(&operand.value);
    return single == nullptr ? std::nullopt : std::optional(std::vector{*single});
  }
  const auto* list = std::get_if<wire::LiteralArray>(&operand.value);
  if (list == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const wire::Literal& element : *list) {
    const auto* single = std::get_if<std::string>(&element.value);
    if (single == nullptr) {
      return std::nullopt;
    }
    texts.push_back(*single);
  }
  return texts;
}

std::string_view operand_type(const wire::FullTextConfig& config) {
  return config.tokenizer == wire::Tokenizer::kPreTokenizedArray ? "[]string" : "string";
}

}  // namespace layer::engine::query
