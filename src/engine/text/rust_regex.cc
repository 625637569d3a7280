#include <optional>

#include "engine/text/regular_expression.h"

namespace layer::engine::text {
namespace {

// Members of the Unicode classes, as they stand inside brackets.
constexpr std::string_view kDigits = "\\p{Nd}";
constexpr std::string_view kWords = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{200C}\\x{200D}";
constexpr std::string_view kSpaces = "\\t\\n\\v\\f\\r \\x{85}\\p{Z}";

std::string_view class_members(char letter) {
  switch (letter) {
    case 'd':
    case 'D':
      return kDigits;
    case 'w':
    case 'W':
      return kWords;
    default:
      return kSpaces;
  }
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  Result<std::string> run() {
    while (pos_ < pattern_.size() && !problem_) {
      const char c = pattern_[pos_];
      if (c == '\\') {
        escape();
      } else if (in_class_) {
        class_member(c);
      } else if (c == '[') {
        open_class();
      } else if (c == '(' && named_group()) {
        out_ += "(?P<";
        pos_ += 3;
      } else {
        copy(1);
      }
    }
    if (problem_) {
      return std::unexpected(pattern_error("regular expression", pattern_, *problem_));
    }
    return std::move(out_);
  }

 private:
  char at(std::size_t offset) const {
    return pos_ + offset < pattern_.size() ? pattern_[pos_ + offset] : '\0';
  }

  void copy(std::size_t bytes) {
    out_ += pattern_.substr(pos_, bytes);
    pos_ += bytes;
  }

  // (?<name>...), not look-behind, which RE2 refuses in its own words.
  bool named_group() const { return at(1) == '?' && at(2) == '<' && at(3) != '=' && at(3) != '!'; }

  void open_class() {
    in_class_ = true;
    copy(1);
    if (at(0) == '^') {
      copy(1);
    }
    if (at(0) == ']') {  // the first one is a member
      out_ += '\\';
      copy(1);
    }
  }

  void class_member(char c) {
    if (c == '[' && at(1) == ':') {
      const std::size_t end = pattern_.find(":]", pos_ + 2);
      copy(end == std::string_view::npos ? 1 : end + 2 - pos_);
    } else if (c == '[') {
      problem_ = "character classes inside character classes are not supported";
    } else if ((c == '&' || c == '-' || c == '~') && at(1) == c) {
      problem_ = "set operations (&&, --, ~~) in character classes are not supported";
    } else {
      in_class_ = c != ']';
      copy(1);
    }
  }

  void escape() {
    switch (at(1)) {
      case 'd':
      case 'w':
      case 's':
        unicode_class(false);
        break;
      case 'D':
      case 'W':
      case 'S':
        unicode_class(true);
        break;
      case 'u':
      case 'U':
        code_point();
        break;
      case 'C':
      case 'Q':
      case 'E':
        problem_ = "unrecognized escape sequence";
        break;
      default:
        copy(pos_ + 1 < pattern_.size() ? 2 : 1);
    }
  }

  void unicode_class(bool negated) {
    const char letter = at(1);
    pos_ += 2;
    if (!in_class_) {
      out_ += negated ? "[^" : "[";
      out_ += class_members(letter);
      out_ += ']';
    } else if (!negated) {
      out_ += class_members(letter);
    } else if (letter == 'D') {
      out_ += "\\P{Nd}";
    } else {
      problem_ = "\\W and \\S inside character classes are not supported";
    }
  }

  // \u{1F600}, \u00e9, \U0001F600
  void code_point() {
    if (at(2) == '{') {
      out_ += "\\x";
      pos_ += 2;
      return;
    }
    const std::size_t digits = at(1) == 'u' ? 4 : 8;
    if (pos_ + 2 + digits > pattern_.size()) {
      problem_ = "incomplete escape sequence";
      return;
    }
    out_ += "\\x{";
    pos_ += 2;
    copy(digits);
    out_ += '}';
  }

  std::string_view pattern_;
  std::size_t pos_ = 0;
  bool in_class_ = false;
  std::string out_;
  std::optional<std::string_view> problem_;
};

}  // namespace

Result<std::string> translate_rust_regex(std::string_view pattern) {
  return Translator(pattern).run();
}

}  // namespace layer::engine::text
