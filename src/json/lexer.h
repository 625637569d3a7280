// A JSON tokenizer over text that arrives in pieces. It checks the grammar as it goes (structure,
// numbers, literals, escapes, surrogate pairs, nesting up to core::limits::json_depth_max), keeps
// no copy of the text and allocates nothing, except for a token that straddles two pieces. It does
// not check UTF-8 (who holds the whole text asks is_utf8) nor whether a number fits a machine type.
// Thread safety: one thread. Cost: about a nanosecond a byte for numbers, a tenth of that for text.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/limits.h"

namespace layer::json {

// Whether `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

enum class Token : std::uint8_t {
  kNeedMore,  // this piece is used up: feed() the next one, or finish()
  kEnd,       // the text was one JSON value and is over
  kInvalid,   // not JSON; every further token is kInvalid too
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kKey,
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
};

class Lexer {
 public:
  // Text comes in pieces.
  Lexer() = default;
  Lexer(const Lexer&) = delete;  // raw() may point into it
  Lexer& operator=(const Lexer&) = delete;
  // The whole text at once; kNeedMore never comes.
  explicit Lexer(std::string_view text) {
    feed(text);
    finish();
  }

  // Precondition: nothing was fed yet, or next() said kNeedMore. `piece` stays until it says so
  // again.
  void feed(std::string_view piece);
  // No piece follows.
  void finish() { finished_ = true; }

  Token next();
  // Passes over the rest of the innermost open container: next() gives the token that ends it.
  void skip() { skip_depth_ = depth_; }

  // The last token's place in the whole text, and its text: without quotes for keys and strings,
  // with escapes as written. The text is valid until next(); of a token that straddles pieces it
  // holds the first kStraddleBytesMax bytes and truncated() tells.
  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }
  std::string_view raw() const { return raw_; }
  bool escaped() const { return escaped_; }  // raw() holds a backslash
  bool truncated() const { return truncated_; }
  // How much of the whole text was read.
  std::uint64_t position() const { return offset(p_); }

  static constexpr std::size_t kStraddleBytesMax = core::limits::kKiB;

 private:
  // What the grammar allows next.
  enum class Expect : std::uint8_t {
    kValue,
    kItemOrEnd,
    kKey,
    kKeyOrEnd,
    kColon,
    kCommaOrEnd,
    kNothing,  // the value is complete
    kBroken,
  };
  // Where inside a token the last piece ended.
  enum class Part : std::uint8_t {
    kNone,
    kText,
    kEscape,
    kHex,
    kLowSurrogate,   // its backslash
    kLowSurrogateU,  // its u
    kMinus,
    kZero,
    kDigits,
    kPoint,
    kFraction,
    kExponent,
    kExponentSign,
    kExponentDigits,
    kLiteral,
  };

  std::uint64_t offset(const char* p) const {
    return base_ + static_cast<std::uint64_t>(p - piece_.data());
  }
  bool in_object() const { return is_object_[depth_ - 1]; }
  Token step();
  bool skip_numbers();
  Token out_of_text();
  Token invalid();
  Token open(bool object);
  Token close();
  Token value(char first);
  Token literal(std::string_view word, Token token);
  Token resume();
  void begin_token(const char* text);
  Token end_token(Token token, const char* text_end);
  Token pause();
  Token string();
  Token number();
  Token after_minus();
  Token integer();
  Token fraction();
  Token exponent();
  bool hex_digit(char c);
  Token literal_rest();
  void after_value();

  std::string_view piece_;
  std::uint64_t base_ = 0;  // offset of the piece in the whole text
  const char* p_ = nullptr;
  const char* stop_ = nullptr;
  bool finished_ = false;

  Expect expect_ = Expect::kValue;
  std::bitset<core::limits::json_depth_max> is_object_;
  std::size_t depth_ = 0;
  std::size_t skip_depth_ = 0;  // 0: nothing is passed over

  Part part_ = Part::kNone;
  Token token_ = Token::kInvalid;  // the one being read
  std::string_view word_;          // what is left of a literal
  std::uint32_t unit_ = 0;         // of a \u escape: its value so far
  int hex_left_ = 0;
  bool low_surrogate_ = false;  // that escape must be one

  const char* text_ = nullptr;  // where the token's text begins in this piece
  std::string straddled_;       // its text in earlier pieces
  bool straddles_ = false;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  std::string_view raw_;
  bool escaped_ = false;
  bool truncated_ = false;
};

}  // namespace layer::json
