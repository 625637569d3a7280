// Any bytes: the lexer accepts what the parser accepts, whole and in pieces. It does not check
// UTF-8 nor the range of numbers, so texts that could fail there are held to one direction only.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "json/lexer.h"
#include "json/unescape.h"
#include "testing/fuzz.h"

namespace {

using layer::json::Lexer;
using layer::json::Token;

struct Seen {
  Token token;
  std::uint64_t begin;
  std::uint64_t end;
  std::string text;
  bool operator==(const Seen&) const = default;
};

bool drain(Lexer& lexer, std::vector<Seen>& out) {
  for (;;) {
    const Token token = lexer.next();
    if (token == Token::kNeedMore) {
      return true;
    }
    if (token == Token::kEnd || token == Token::kInvalid) {
      return token == Token::kEnd;
    }
    std::string scratch;
    const bool has_text =
        token == Token::kKey || token == Token::kString || token == Token::kNumber;
    out.push_back({token, lexer.begin(), lexer.end(),
                   has_text ? std::string(layer::json::text_of(lexer, scratch)) : std::string()});
  }
}

// Numbers may be out of range where there are many digits or an exponent.
bool numbers_fit(std::string_view text) {
  std::size_t run = 0;
  for (const char c : text) {
    run = c >= '0' && c <= '9' ? run + 1 : 0;
    if (run > 18 || c == 'e' || c == 'E') {
      return false;
    }
  }
  return true;
}

}  // namespace

LAYER_FUZZ_TARGET(lexer_fuzz) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<Seen> whole;
  Lexer lexer(text);
  const bool valid = drain(lexer, whole);

  const bool parsed = layer::json::Document::parse(text).has_value();
  if (parsed && !valid) {
    std::abort();
  }
  if (valid && !parsed && layer::json::is_utf8(text) && numbers_fit(text)) {
    std::abort();
  }

  const std::size_t step = 1 + (text.empty() ? 0 : static_cast<unsigned char>(text.back()) % 7);
  if (size > Lexer::kStraddleBytesMax) {
    return;
  }
  std::vector<Seen> pieces;
  Lexer fed;
  for (std::size_t at = 0; at < text.size(); at += step) {
    fed.feed(std::string_view(text).substr(at, step));
    drain(fed, pieces);
  }
  fed.finish();
  const bool valid_in_pieces = drain(fed, pieces);
  if (valid_in_pieces != valid || (valid && pieces != whole)) {
    std::abort();
  }
}
