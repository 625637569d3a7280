#include "features/reserved/query_shape.h"

#include <cstddef>
#include <optional>
#include <string>

#include "json/lexer.h"
#include "json/unescape.h"

namespace layer::features::reserved {
namespace {

using json::Token;

// Members whose presence alone is a trigger.
struct Named {
  std::string_view name;
  Trigger trigger;
};
constexpr Named kNamed[] = {
    {"vector", Trigger::kVector},
    {"nearest_to_id", Trigger::kNearestToId},
    {"as_of", Trigger::kAsOf},
    {"written_before", Trigger::kWrittenBefore},
    {"between", Trigger::kBetween},
    {"cursor", Trigger::kCursor},
    {"page_window", Trigger::kPageWindow},
    {"include_leg_breakdown", Trigger::kIncludeLegBreakdown},
};

class Scan {
 public:
  explicit Scan(std::string_view body) : lexer_(body) {}

  QueryShape run() {
    if (lexer_.next() == Token::kBeginObject && object(true) && lexer_.next() == Token::kEnd) {
      shape_.understood = true;
      return shape_;
    }
    return {};
  }

 private:
  // All of these read on after a token that opens what they are about, and say whether the text is
  // still JSON.
  bool object(bool root) {
    for (;;) {
      const Token token = lexer_.next();
      if (token != Token::kKey) {
        return token == Token::kEndObject;
      }
      if (!member(root)) {
        return false;
      }
    }
  }

  bool member(bool root) {
    const std::string_view name = json::text_of(lexer_, scratch_);
    // A cursor that is null asks for the first page; any other null is as good as absent.
    if (name == "rank_by") {
      return rank_by(lexer_.next());
    }
    if (name == "filters") {
      const Token token = lexer_.next();
      shape_.has_filters |= token != Token::kNull;
      return pass(token);
    }
    if (name == "consistency") {
      return consistency(lexer_.next(), root);
    }
    if (name == "queries" && root) {
      return queries(lexer_.next());
    }
    if (name == "include_attributes") {
      const Token token = lexer_.next();
      shape_.projects |= token == Token::kTrue;
      return pass(token);
    }
    if (name == "exclude_attributes") {
      const Token token = lexer_.next();
      shape_.projects |= token == Token::kBeginArray;
      return pass(token);
    }
    for (const Named& named : kNamed) {
      if (named.name == name) {
        const Token token = lexer_.next();
        if (token != Token::kNull || named.trigger == Trigger::kCursor) {
          shape_.triggers.add(named.trigger);
        }
        return pass(token);
      }
    }
    return pass(lexer_.next());
  }

  bool pass(Token token) {
    if (token == Token::kBeginObject || token == Token::kBeginArray) {
      lexer_.skip();
      token = lexer_.next();
    }
    return token != Token::kInvalid;
  }

  bool queries(Token token) {
    shape_.has_queries |= token != Token::kNull;
    if (token != Token::kBeginArray) {
      return pass(token);
    }
    for (;;) {
      token = lexer_.next();
      if (token == Token::kEndArray) {
        return true;
      }
      ++shape_.queries;
      if (token == Token::kBeginObject ? !object(false) : !pass(token)) {
        return false;
      }
    }
  }

  bool consistency(Token token, bool root) {
    if (token != Token::kBeginObject) {
      return pass(token);
    }
    for (;;) {
      token = lexer_.next();
      if (token != Token::kKey) {
        return token == Token::kEndObject;
      }
      const bool is_level = json::text_of(lexer_, scratch_) == "level";
      token = lexer_.next();
      if (is_level && token == Token::kString) {
        level(json::text_of(lexer_, scratch_), root);
      }
      if (!pass(token)) {
        return false;
      }
    }
  }

  void level(std::string_view text, bool root) {
    const Level found = text == "strong"     ? Level::kStrong
                        : text == "eventual" ? Level::kEventual
                        : text == "stable"   ? Level::kStable
                                             : Level::kOther;
    if (found == Level::kStable) {
      shape_.triggers.add(Trigger::kStable);
    }
    if (root) {
      shape_.level = found;
    }
  }

  bool rank_by(Token token) {
    shape_.has_rank_by |= token != Token::kNull;
    if (token != Token::kBeginArray) {
      return pass(token);
    }
    std::size_t depth = 1;
    std::size_t item = 0;  // of the outermost array
    bool first = true;     // the token before opened an array
    while (depth > 0) {
      token = lexer_.next();
      if (token == Token::kInvalid) {
        return false;
      }
      const bool outermost = depth == 1;
      const bool at_first = first;
      first = token == Token::kBeginArray;
      if (token == Token::kBeginArray) {
        ++depth;
      } else if (token == Token::kEndArray) {
        --depth;
        continue;
      } else if (token == Token::kString) {
        operation(at_first && !outermost, outermost && item == 1);
      } else if (token == Token::kNumber && at_first && !outermost) {
        lexer_.skip();  // a vector: its numbers say nothing
      } else if (!pass(token)) {
        return false;
      }
      item += outermost ? 1 : 0;
    }
    return true;
  }

  void operation(bool may_embed, bool is_kind) {
    if (!may_embed && !is_kind) {
      return;
    }
    const std::string_view text = json::text_of(lexer_, scratch_);
    if (may_embed && text == "Embed") {
      shape_.triggers.add(Trigger::kEmbed);
    } else if (is_kind && text == "HybridText") {
      shape_.triggers.add(Trigger::kHybridText);
    } else if (is_kind && text == "Auto") {
      shape_.triggers.add(Trigger::kAuto);
    }
  }

  json::Lexer lexer_;
  QueryShape shape_;
  std::string scratch_;
};

}  // namespace

QueryShape scan_query(std::string_view body) {
  return Scan(body).run();
}

}  // namespace layer::features::reserved
