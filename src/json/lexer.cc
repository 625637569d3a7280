#include "json/lexer.h"

#include <algorithm>

#include <simdjson.h>

#include "json/scan.h"

namespace layer::json {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

void Lexer::feed(std::string_view piece) {
  base_ += piece_.size();
  piece_ = piece;
  p_ = piece.data();
  stop_ = p_ + piece.size();
  text_ = p_;
}

Token Lexer::next() {
  for (;;) {
    const Token token = step();
    if (skip_depth_ == 0) [[likely]] {
      return token;
    }
    if ((token == Token::kEndObject || token == Token::kEndArray) && depth_ < skip_depth_) {
      skip_depth_ = 0;
      return token;
    }
    if (token == Token::kNeedMore || token == Token::kInvalid) {
      return token;
    }
  }
}

inline Token Lexer::step() {
  if (part_ != Part::kNone) [[unlikely]] {
    return resume();
  }
  for (;;) {
    while (p_ != stop_ && is_space(*p_)) {
      ++p_;
    }
    if (p_ == stop_) {
      return out_of_text();
    }
    const char c = *p_;
    switch (expect_) {
      case Expect::kCommaOrEnd:
        if (c == ',') {
          ++p_;
          expect_ = in_object() ? Expect::kKey : Expect::kValue;
          continue;
        }
        return c == (in_object() ? '}' : ']') ? close() : invalid();
      case Expect::kItemOrEnd:
        if (c == ']') {
          return close();
        }
        [[fallthrough]];
      case Expect::kValue:
        if (skip_depth_ != 0 && !in_object() && skip_numbers()) {
          continue;
        }
        return value(c);
      case Expect::kKeyOrEnd:
        if (c == '}') {
          return close();
        }
        [[fallthrough]];
      case Expect::kKey:
        if (c != '"') {
          return invalid();
        }
        token_ = Token::kKey;
        begin_token(p_ + 1);
        part_ = Part::kText;
        return string();
      case Expect::kColon:
        if (c != ':') {
          return invalid();
        }
        ++p_;
        expect_ = Expect::kValue;
        continue;
      case Expect::kNothing:
      case Expect::kBroken:
        return invalid();
    }
  }
}

// Vectors are most of what is passed over: plain numbers with a comma behind, without a token each.
// Stops at a value that it does not know, or near the end of the piece. False: nothing was passed.
bool Lexer::skip_numbers() {
  const char* p = p_;
  while (stop_ - p > 2) {
    const char* q = *p == '-' ? p + 1 : p;
    const char* const digits = q;
    q = *q == '0' ? q + 1 : skip_digits(q, stop_);
    if (q == digits || q == stop_) {
      break;
    }
    if (*q == '.') {
      const char* const fraction = q + 1;
      q = skip_digits(fraction, stop_);
      if (q == fraction || q == stop_) {
        break;
      }
    }
    if (*q != ',') {
      break;
    }
    p = q + 1;
    if (p != stop_ && *p == ' ') {
      ++p;
    }
  }
  if (p == p_) {
    return false;
  }
  p_ = p;
  expect_ = Expect::kValue;
  return true;
}

Token Lexer::out_of_text() {
  if (expect_ == Expect::kBroken) {
    return Token::kInvalid;
  }
  if (!finished_) {
    return Token::kNeedMore;
  }
  return expect_ == Expect::kNothing ? Token::kEnd : invalid();
}

Token Lexer::invalid() {
  expect_ = Expect::kBroken;
  part_ = Part::kNone;
  return Token::kInvalid;
}

Token Lexer::open(bool object) {
  if (depth_ == is_object_.size()) {
    return invalid();
  }
  is_object_[depth_++] = object;
  begin_ = offset(p_++);
  end_ = begin_ + 1;
  expect_ = object ? Expect::kKeyOrEnd : Expect::kItemOrEnd;
  return object ? Token::kBeginObject : Token::kBeginArray;
}

Token Lexer::close() {
  const bool object = in_object();
  --depth_;
  begin_ = offset(p_++);
  end_ = begin_ + 1;
  after_value();
  return object ? Token::kEndObject : Token::kEndArray;
}

void Lexer::after_value() {
  expect_ = depth_ == 0 ? Expect::kNothing : Expect::kCommaOrEnd;
}

inline Token Lexer::value(char first) {
  switch (first) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case '"':
      token_ = Token::kString;
      begin_token(p_ + 1);
      part_ = Part::kText;
      return string();
    case 't':
      return literal("true", Token::kTrue);
    case 'f':
      return literal("false", Token::kFalse);
    case 'n':
      return literal("null", Token::kNull);
    default:
      if (first != '-' && !is_digit(first)) {
        return invalid();
      }
      token_ = Token::kNumber;
      begin_token(p_);
      part_ = first == '-' ? Part::kMinus : first == '0' ? Part::kZero : Part::kDigits;
      ++p_;
      return number();
  }
}

// The token begins at p_, its text at `text`.
inline void Lexer::begin_token(const char* text) {
  begin_ = offset(p_);
  p_ = text;
  text_ = text;
  escaped_ = false;
  truncated_ = false;
  straddles_ = false;
}

// The token's text ends at `text_end`; p_ is behind the token.
inline Token Lexer::end_token(Token token, const char* text_end) {
  part_ = Part::kNone;
  end_ = offset(p_);
  raw_ = {text_, static_cast<std::size_t>(text_end - text_)};
  if (straddles_) [[unlikely]] {
    const std::size_t room = kStraddleBytesMax - straddled_.size();
    truncated_ = truncated_ || raw_.size() > room;
    straddled_.append(raw_.substr(0, room));
    raw_ = straddled_;
  }
  if (token == Token::kKey) {
    expect_ = Expect::kColon;
  } else {
    after_value();
  }
  return token;
}

// The piece ends inside a token.
Token Lexer::pause() {
  if (finished_) {
    return invalid();
  }
  if (!straddles_) {
    straddled_.clear();
    straddles_ = true;
  }
  const auto size = static_cast<std::size_t>(stop_ - text_);
  const std::size_t room = kStraddleBytesMax - straddled_.size();
  truncated_ = truncated_ || size > room;
  straddled_.append(text_, std::min(size, room));
  text_ = stop_;
  return Token::kNeedMore;
}

Token Lexer::resume() {
  if (p_ == stop_ && !finished_) {
    return Token::kNeedMore;
  }
  switch (token_) {
    case Token::kKey:
    case Token::kString:
      return string();
    case Token::kNumber:
      return number();
    default:
      return literal_rest();
  }
}

Token Lexer::string() {
  for (;;) {
    if (part_ == Part::kText) [[likely]] {
      p_ = skip_plain_text(p_, stop_);
    }
    if (p_ == stop_) {
      return pause();
    }
    const char c = *p_++;
    switch (part_) {
      case Part::kText:
        if (c == '"') {
          return end_token(token_, p_ - 1);
        }
        if (c != '\\') {
          return invalid();
        }
        escaped_ = true;
        part_ = Part::kEscape;
        break;
      case Part::kEscape:
        if (c == 'u') {
          low_surrogate_ = false;
          hex_left_ = 4;
          unit_ = 0;
          part_ = Part::kHex;
        } else if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
          part_ = Part::kText;
        } else {
          return invalid();
        }
        break;
      case Part::kLowSurrogate:
        if (c != '\\') {
          return invalid();
        }
        part_ = Part::kLowSurrogateU;
        break;
      case Part::kLowSurrogateU:
        if (c != 'u') {
          return invalid();
        }
        low_surrogate_ = true;
        hex_left_ = 4;
        unit_ = 0;
        part_ = Part::kHex;
        break;
      default:  // kHex
        if (!hex_digit(c)) {
          return invalid();
        }
        break;
    }
  }
}

bool Lexer::hex_digit(char c) {
  const char lower = static_cast<char>(c | 0x20);
  if (is_digit(c)) {
    unit_ = unit_ * 16 + static_cast<std::uint32_t>(c - '0');
  } else if (lower >= 'a' && lower <= 'f') {
    unit_ = unit_ * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
  } else {
    return false;
  }
  if (--hex_left_ > 0) {
    return true;
  }
  const bool is_low = unit_ >= 0xDC00 && unit_ <= 0xDFFF;
  const bool is_high = unit_ >= 0xD800 && unit_ <= 0xDBFF;
  part_ = is_high ? Part::kLowSurrogate : Part::kText;
  return is_low == low_surrogate_ && !(is_high && low_surrogate_);
}

Token Lexer::number() {
  switch (part_) {
    case Part::kMinus:
      return after_minus();
    case Part::kZero:
    case Part::kDigits:
      return integer();
    case Part::kPoint:
    case Part::kFraction:
      return fraction();
    default:
      return exponent();
  }
}

Token Lexer::after_minus() {
  if (p_ == stop_) {
    return pause();
  }
  if (!is_digit(*p_)) {
    return invalid();
  }
  part_ = *p_ == '0' ? Part::kZero : Part::kDigits;
  ++p_;
  return integer();
}

Token Lexer::integer() {
  if (part_ == Part::kDigits) {
    p_ = skip_digits(p_, stop_);
  }
  if (p_ == stop_) {
    return finished_ ? end_token(Token::kNumber, p_) : pause();
  }
  if (*p_ == '.') {
    ++p_;
    part_ = Part::kPoint;
    return fraction();
  }
  if (*p_ == 'e' || *p_ == 'E') {
    ++p_;
    part_ = Part::kExponent;
    return exponent();
  }
  return part_ == Part::kZero && is_digit(*p_) ? invalid() : end_token(Token::kNumber, p_);
}

Token Lexer::fraction() {
  if (part_ == Part::kPoint) {
    if (p_ == stop_) {
      return pause();
    }
    if (!is_digit(*p_)) {
      return invalid();
    }
    part_ = Part::kFraction;
  }
  p_ = skip_digits(p_, stop_);
  if (p_ == stop_) {
    return finished_ ? end_token(Token::kNumber, p_) : pause();
  }
  if (*p_ == 'e' || *p_ == 'E') {
    ++p_;
    part_ = Part::kExponent;
    return exponent();
  }
  return end_token(Token::kNumber, p_);
}

Token Lexer::exponent() {
  if (part_ == Part::kExponent) {
    if (p_ == stop_) {
      return pause();
    }
    if (*p_ == '+' || *p_ == '-') {
      ++p_;
    }
    part_ = Part::kExponentSign;
  }
  if (part_ == Part::kExponentSign) {
    if (p_ == stop_) {
      return pause();
    }
    if (!is_digit(*p_)) {
      return invalid();
    }
    part_ = Part::kExponentDigits;
  }
  p_ = skip_digits(p_, stop_);
  if (p_ == stop_ && !finished_) {
    return pause();
  }
  return end_token(Token::kNumber, p_);
}

Token Lexer::literal(std::string_view word, Token token) {
  token_ = token;
  begin_token(p_);
  part_ = Part::kLiteral;
  word_ = word;
  return literal_rest();
}

Token Lexer::literal_rest() {
  while (!word_.empty()) {
    if (p_ == stop_) {
      return pause();
    }
    if (*p_ != word_.front()) {
      return invalid();
    }
    ++p_;
    word_.remove_prefix(1);
  }
  return end_token(token_, p_);
}

}  // namespace layer::json
