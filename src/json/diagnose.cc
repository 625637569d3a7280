#include "json/diagnose.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/limits.h"
#include "json/locate.h"

namespace layer::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The value of four hex digits; nullopt when there are no such.
std::optional<unsigned> hex4(std::string_view text) {
  unsigned code = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, code, 16);
  if (text.size() != 4 || read.ec != std::errc{} || read.ptr != end) {
    return std::nullopt;
  }
  return code;
}

// Walks a text from its first byte and stops at the first fault. Iterative: the nesting of foreign
// text never becomes the depth of our stack.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  // nullopt: no fault. at() then is the end of the text, else the last byte looked at.
  std::optional<std::string> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) {
      return fault("expected value, found a byte order mark", 1);
    }
    while (true) {
      if (auto error = value_or_open()) {
        return error;
      }
      if (opened_) {
        continue;
      }
      auto error = close_or_next();
      if (error || done_) {
        return error;
      }
    }
  }

  std::size_t at() const { return at_; }

 private:
  std::optional<std::string> fault(std::string detail, std::size_t read = 0) {
    at_ = std::min(at_ + read, text_.size());
    return detail;
  }
  bool ended() const { return at_ >= text_.size(); }
  void space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  // Reads a scalar, or enters a container up to its first value (opened_) or past its end.
  std::optional<std::string> value_or_open() {
    opened_ = false;
    space();
    if (ended()) {
      return fault("EOF while parsing a value");
    }
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      return open(c);
    }
    if (c == '"') {
      return string();
    }
    if (c == '-' || is_digit(c)) {
      return number();
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (c == word.front()) {
        return literal(word);
      }
    }
    return fault("expected value", 1);
  }

  std::optional<std::string> open(char c) {
    if (stack_.size() >= core::limits::json_depth_max) {
      return fault("recursion limit exceeded: values are nested deeper than " +
                       std::to_string(core::limits::json_depth_max) + " levels",
                   1);
    }
    stack_.push_back(c);
    ++at_;
    space();
    if (!ended() && text_[at_] == (c == '{' ? '}' : ']')) {
      ++at_;
      stack_.pop_back();
      return std::nullopt;
    }
    opened_ = true;
    return c == '{' ? name() : std::nullopt;
  }

  std::optional<std::string> name() {
    space();
    if (ended()) {
      return fault("EOF while parsing an object");
    }
    if (text_[at_] != '"') {
      return fault("key must be a string", 1);
    }
    if (auto error = string()) {
      return error;
    }
    space();
    if (ended()) {
      return fault("EOF while parsing an object");
    }
    if (text_[at_] != ':') {
      return fault("expected `:`", 1);
    }
    ++at_;
    return std::nullopt;
  }

  // After a value: closes what ends here, and stands before the next value unless done_.
  std::optional<std::string> close_or_next() {
    while (true) {
      space();
      if (stack_.empty()) {
        done_ = true;
        return ended() ? std::nullopt : fault("trailing characters", 1);
      }
      const bool object = stack_.back() == '{';
      if (ended()) {
        return fault(object ? "EOF while parsing an object" : "EOF while parsing a list");
      }
      const char c = text_[at_];
      if (c == (object ? '}' : ']')) {
        stack_.pop_back();
        ++at_;
        continue;
      }
      if (c != ',') {
        return fault(object ? "expected `,` or `}`" : "expected `,` or `]`", 1);
      }
      ++at_;
      space();
      if (!ended() && text_[at_] == (object ? '}' : ']')) {
        return fault("trailing comma", 1);
      }
      return object ? name() : std::nullopt;
    }
  }

  std::optional<std::string> literal(std::string_view word) {
    for (const char c : word) {
      if (ended()) {
        return fault("EOF while parsing a value");
      }
      if (text_[at_] != c) {
        return fault("expected ident", 1);
      }
      ++at_;
    }
    return std::nullopt;
  }

  std::optional<std::string> number() {
    const std::size_t begin = at_;
    if (text_[at_] == '-') {
      ++at_;
    }
    const std::size_t digits = at_;
    skip_digits();
    if (at_ == digits || (text_[digits] == '0' && at_ - digits > 1)) {
      return number_fault();
    }
    bool integer = true;
    if (!ended() && text_[at_] == '.') {
      integer = false;
      ++at_;
      if (skip_digits() == 0) {
        return number_fault();
      }
    }
    if (!ended() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      integer = false;
      ++at_;
      if (!ended() && (text_[at_] == '+' || text_[at_] == '-')) {
        ++at_;
      }
      if (skip_digits() == 0) {
        return number_fault();
      }
    }
    return out_of_range(text_.substr(begin, at_ - begin), integer) ? fault("number out of range")
                                                                   : std::nullopt;
  }

  std::size_t skip_digits() {
    const std::size_t begin = at_;
    while (!ended() && is_digit(text_[at_])) {
      ++at_;
    }
    return at_ - begin;
  }

  std::optional<std::string> number_fault() {
    return ended() ? fault("EOF while parsing a value") : fault("invalid number", 1);
  }

  static bool out_of_range(std::string_view digits, bool integer) {
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    if (integer && digits.front() == '-') {
      std::int64_t number = 0;
      return std::from_chars(begin, end, number).ec != std::errc{};
    }
    if (integer) {
      std::uint64_t number = 0;
      return std::from_chars(begin, end, number).ec != std::errc{};
    }
    // Underflow is a range error here as well, but rounds to zero in the parser, which has then
    // accepted the number; a text gets here only with some other fault further on.
    double number = 0;
    const auto read = std::from_chars(begin, end, number);
    const std::size_t exponent = digits.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && digits[exponent + 1] == '-';
    return read.ec == std::errc::result_out_of_range && !tiny;
  }

  std::optional<std::string> string() {
    ++at_;
    while (!ended()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return std::nullopt;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return fault("control character (\\u0000-\\u001F) found while parsing a string", 1);
      }
      if (c == '\\') {
        if (auto error = escape()) {
          return error;
        }
      } else {
        ++at_;
      }
    }
    return fault("EOF while parsing a string");
  }

  std::optional<std::string> escape() {
    constexpr std::string_view kSingle = "\"\\/bfnrt";
    ++at_;
    if (ended()) {
      return fault("EOF while parsing a string");
    }
    if (kSingle.contains(text_[at_])) {
      ++at_;
      return std::nullopt;
    }
    const auto unit = text_[at_] == 'u' ? hex4(text_.substr(at_ + 1, 4)) : std::nullopt;
    if (!unit) {
      return fault("invalid escape", 1);
    }
    at_ += 5;
    if (*unit >= 0xDC00 && *unit <= 0xDFFF) {
      return fault("lone trailing surrogate in hex escape");
    }
    if (*unit < 0xD800 || *unit > 0xDBFF) {
      return std::nullopt;
    }
    const auto low = text_.substr(at_, 2) == "\\u" ? hex4(text_.substr(at_ + 2, 4)) : std::nullopt;
    if (!low || *low < 0xDC00 || *low > 0xDFFF) {
      return fault("lone leading surrogate in hex escape");
    }
    at_ += 6;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<char> stack_;
  bool opened_ = false;
  bool done_ = false;
};

// Index of the first byte that is not part of well-formed UTF-8.
std::optional<std::size_t> utf8_fault(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
    };
    const unsigned lead = byte(0);
    const std::size_t more = lead < 0x80                    ? 0
                             : lead >= 0xC2 && lead <= 0xDF ? 1
                             : (lead & 0xF0U) == 0xE0       ? 2
                             : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                            : 4;
    if (more == 4) {
      return i;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      if ((byte(k) & 0xC0U) != 0x80) {
        return i;
      }
    }
    const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    if (overlong || surrogate || beyond) {
      return i;
    }
    i += more + 1;
  }
  return std::nullopt;
}

}  // namespace

std::string diagnose(std::string_view text, std::string_view otherwise) {
  Walk walk(text);
  std::string detail(otherwise);
  std::size_t offset = text.size();
  if (const auto bad = utf8_fault(text)) {
    detail = "invalid unicode code point";
    offset = *bad + 1;
  } else if (auto fault = walk.run()) {
    detail = std::move(*fault);
    offset = walk.at();
  }
  const Position position = position_of(text, offset);
  return detail + " at line " + std::to_string(position.line) + " column " +
         std::to_string(position.column);
}

}  // namespace layer::json
