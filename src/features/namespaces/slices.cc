#include "features/namespaces/slices.h"

#include <algorithm>
#include <utility>

#include "json/unescape.h"

namespace layer::features::namespaces {

using json::Token;

Slice next_value(json::Lexer& lexer) {
  Slice slice{.token = lexer.next()};
  switch (slice.token) {
    case Token::kBeginObject:
    case Token::kBeginArray: {
      slice.begin = lexer.begin();
      lexer.skip();
      const Token end = lexer.next();
      if (end != Token::kEndObject && end != Token::kEndArray) {
        return {};
      }
      slice.end = lexer.end();
      return slice;
    }
    case Token::kString:
    case Token::kNumber:
    case Token::kTrue:
    case Token::kFalse:
    case Token::kNull:
      slice.begin = lexer.begin();
      slice.end = lexer.end();
      return slice;
    default:
      return slice;
  }
}

std::vector<Member> members_of(std::string_view text) {
  json::Lexer lexer(text);
  std::vector<Member> members;
  if (lexer.next() != Token::kBeginObject) {
    return members;
  }
  std::string scratch;
  while (lexer.next() == Token::kKey) {
    std::string name(json::text_of(lexer, scratch));
    const Slice value = next_value(lexer);
    if (!value.is_value()) {
      break;
    }
    members.push_back({.name = std::move(name), .value = value});
  }
  return members;
}

std::vector<Slice> items_of(std::string_view text) {
  json::Lexer lexer(text);
  std::vector<Slice> items;
  if (lexer.next() != Token::kBeginArray) {
    return items;
  }
  while (true) {
    const Slice item = next_value(lexer);
    if (!item.is_value()) {
      return items;
    }
    items.push_back(item);
  }
}

std::string_view raw_member(std::string_view object, std::string_view name) {
  const auto members = members_of(object);
  const auto found = std::ranges::find(members, name, &Member::name);
  return found != members.end() ? found->value.of(object) : std::string_view{};
}

std::string string_of(std::string_view json) {
  json::Lexer lexer(json);
  std::string scratch;
  if (lexer.next() != Token::kString) {
    return {};
  }
  return std::string(json::text_of(lexer, scratch));
}

}  // namespace layer::features::namespaces
