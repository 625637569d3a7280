#include "cache/merge_row.h"

#include <algorithm>
#include <vector>

#include "json/lexer.h"
#include "json/splice.h"

namespace layer::cache {
namespace {

struct Member {
  std::string_view name;
  std::size_t begin = 0;  // of the value
  std::size_t end = 0;
  bool is_null = false;
};

std::optional<std::vector<Member>> members_of(std::string_view text) {
  using json::Token;
  json::Lexer lexer(text);
  if (lexer.next() != Token::kBeginObject) {
    return std::nullopt;
  }
  std::vector<Member> members;
  while (true) {
    Token token = lexer.next();
    if (token == Token::kEndObject) {
      break;
    }
    if (token != Token::kKey || lexer.escaped()) {
      return std::nullopt;
    }
    Member member{.name = lexer.raw()};
    if (std::ranges::find(members, member.name, &Member::name) != members.end()) {
      return std::nullopt;
    }
    token = lexer.next();
    member.begin = lexer.begin();
    member.is_null = token == Token::kNull;
    if (token == Token::kBeginObject || token == Token::kBeginArray) {
      lexer.skip();
      token = lexer.next();
    }
    member.end = lexer.end();
    if (token == Token::kInvalid || token == Token::kEnd) {
      return std::nullopt;
    }
    members.push_back(member);
  }
  return lexer.next() == Token::kEnd ? std::optional(std::move(members)) : std::nullopt;
}

}  // namespace

std::optional<std::string> merge_row(std::string_view row, std::string_view patch) {
  const auto old_members = members_of(row);
  const auto new_members = members_of(patch);
  if (!old_members || !new_members) {
    return std::nullopt;
  }
  std::vector<json::Replacement> replacements;
  for (const Member& change : *new_members) {
    const auto at = std::ranges::find(*old_members, change.name, &Member::name);
    if (at == old_members->end() || change.is_null) {
      return std::nullopt;
    }
    replacements.push_back(
        {.begin = at->begin,
         .end = at->end,
         .text = std::string(patch.substr(change.begin, change.end - change.begin))});
  }
  std::ranges::sort(replacements, {}, &json::Replacement::begin);
  return json::replace_ranges(row, replacements);
}

}  // namespace layer::cache
