#include "features/embed/json_spans.h"

#include <string>

#include "json/unescape.h"

namespace layer::features::embed {

using json::Token;

std::optional<Span> span_of(json::Lexer& lexer, Token token) {
  Span span{.begin = static_cast<std::size_t>(lexer.begin()),
            .end = static_cast<std::size_t>(lexer.end())};
  switch (token) {
    case Token::kBeginObject:
    case Token::kBeginArray: {
      lexer.skip();
      const Token end = lexer.next();
      if (end != Token::kEndObject && end != Token::kEndArray) {
        return std::nullopt;
      }
      span.end = static_cast<std::size_t>(lexer.end());
      return span;
    }
    case Token::kString:
    case Token::kNumber:
    case Token::kTrue:
    case Token::kFalse:
    case Token::kNull:
      return span;
    default:
      return std::nullopt;
  }
}

std::optional<Span> find_member(std::string_view object, std::string_view name) {
  json::Lexer lexer(object);
  std::string scratch;
  if (lexer.next() != Token::kBeginObject) {
    return std::nullopt;
  }
  while (lexer.next() == Token::kKey) {
    const bool found = json::text_of(lexer, scratch) == name;
    const auto span = span_of(lexer, lexer.next());
    if (!span || found) {
      return span;
    }
  }
  return std::nullopt;
}

}  // namespace layer::features::embed
