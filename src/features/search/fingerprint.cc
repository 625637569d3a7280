#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/text.h"
#include "features/namespaces/slices.h"
#include "features/search/layer_query.h"

namespace layer::features::search {
namespace {

using json::Token;

constexpr std::array<std::string_view, 3> kOfThePage{"cursor", "top_k", "limit"};

// The tokens of a value, nothing between them but what keeps them apart.
void append_packed(std::string& out, std::string_view value) {
  json::Lexer lexer(value);
  for (Token token = lexer.next(); token != Token::kEnd && token != Token::kInvalid;
       token = lexer.next()) {
    switch (token) {
      case Token::kBeginObject:
        out += '{';
        break;
      case Token::kEndObject:
        out += '}';
        break;
      case Token::kBeginArray:
        out += '[';
        break;
      case Token::kEndArray:
        out += ']';
        break;
      case Token::kKey:
      case Token::kString:
        out += '"';
        out += lexer.raw();
        out += '"';
        break;
      default:
        out += lexer.raw();
        out += ',';
    }
  }
}

}  // namespace

std::string fingerprint_of(std::string_view body) {
  auto members = namespaces::members_of(body);
  std::ranges::sort(members, {}, [](const namespaces::Member& member) {
    return std::pair(std::string_view(member.name), member.value.begin);
  });
  std::string canonical;
  for (const namespaces::Member& member : members) {
    if (std::ranges::find(kOfThePage, member.name) == kOfThePage.end()) {
      core::append_json_string(canonical, member.name);
      append_packed(canonical, member.value.of(body));
      canonical += ';';
    }
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(canonical.data(), canonical.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace layer::features::search
