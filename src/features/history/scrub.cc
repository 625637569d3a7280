#include "features/history/scrub.h"

#include <algorithm>
#include <vector>

#include "core/text.h"
#include "json/lexer.h"
#include "json/splice.h"
#include "json/unescape.h"

namespace layer::features::history {
namespace {

using json::Token;

class Walk {
 public:
  Walk(std::string_view text, const Scrub& scrub) : text_(text), scrub_(scrub), lexer_(text) {}

  std::optional<std::string> run() {
    if (!json::is_utf8(text_) || lexer_.next() != Token::kBeginObject || !object() ||
        lexer_.next() != Token::kEnd) {
      return std::nullopt;
    }
    std::string out = json::replace_ranges(text_, cuts_);
    std::ranges::replace(out, '\n', ' ');  // inside a string it is always escaped
    return out;
  }

 private:
  static bool named(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  }

  // After its '{'.
  bool object() {
    bool first = true;
    std::size_t before = lexer_.end();  // the end of what stands before the next member
    while (true) {
      const Token token = lexer_.next();
      if (token != Token::kKey) {
        return token == Token::kEndObject;
      }
      const auto key_begin = static_cast<std::size_t>(lexer_.begin());
      const std::string name(json::text_of(lexer_, scratch_));
      const bool dropped = named(scrub_.drop, name);
      const std::size_t cuts = cuts_.size();
      if (!value(lexer_.next(), named(scrub_.keep, name))) {
        return false;
      }
      const auto end = static_cast<std::size_t>(lexer_.end());
      if (dropped) {
        cuts_.resize(cuts);
        cuts_.push_back(first ? json::Replacement{.begin = key_begin, .end = past_comma(end)}
                              : json::Replacement{.begin = before, .end = end});
      } else {
        first = false;
      }
      before = end;
    }
  }

  std::size_t past_comma(std::size_t at) const {
    const std::size_t next = text_.find_first_not_of(" \t\r\n", at);
    return next != std::string_view::npos && text_[next] == ',' ? next + 1 : at;
  }

  // The JSON depth is bounded by the lexer.
  bool value(Token token, bool keep) {
    switch (token) {
      case Token::kBeginObject:
        return object();
      case Token::kBeginArray:
        for (Token item = lexer_.next(); item != Token::kEndArray; item = lexer_.next()) {
          if (!value(item, keep)) {
            return false;
          }
        }
        return true;
      case Token::kString:
        if (!keep) {
          string();
        }
        return true;
      case Token::kNumber:
      case Token::kTrue:
      case Token::kFalse:
      case Token::kNull:
        return true;
      default:
        return false;
    }
  }

  void string() {
    if (scrub_.redactor.empty()) {
      return;
    }
    std::string meant(json::text_of(lexer_, scratch_));
    if (scrub_.redactor.redact(meant)) {
      cuts_.push_back({.begin = static_cast<std::size_t>(lexer_.begin()),
                       .end = static_cast<std::size_t>(lexer_.end()),
                       .text = core::json_string(meant)});
    }
  }

  std::string_view text_;
  const Scrub& scrub_;
  json::Lexer lexer_;
  std::string scratch_;
  std::vector<json::Replacement> cuts_;
};

}  // namespace

std::optional<std::string> scrub_object(std::string_view json, const Scrub& scrub) {
  return Walk(json, scrub).run();
}

}  // namespace layer::features::history
