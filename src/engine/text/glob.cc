#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/pattern.h"
#include "engine/text/regular_expression.h"
#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

constexpr std::string_view kWhat = "glob pattern";

// Literals with `*` between them, the shape nearly every glob has: prefix, parts in order, suffix.
class StarGlob final : public Pattern {
 public:
  explicit StarGlob(std::vector<std::string> parts) : parts_(std::move(parts)) {}

  bool matches(std::string_view value) const override {
    const std::string& first = parts_.front();
    if (parts_.size() == 1) {
      return value == first;
    }
    const std::string& last = parts_.back();
    if (value.size() < first.size() + last.size() || !value.starts_with(first) ||
        !value.ends_with(last)) {
      return false;
    }
    value = value.substr(first.size(), value.size() - first.size() - last.size());
    for (std::size_t i = 1; i + 1 < parts_.size(); ++i) {
      const std::string& part = parts_[i];
      // memmem is linear, unlike string_view::find.
      const void* at = memmem(value.data(), value.size(), part.data(), part.size());
      if (at == nullptr) {
        return false;
      }
      value.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(at) - value.data()) +
                          part.size());
    }
    return true;
  }

  std::string_view literal_prefix() const override { return parts_.front(); }

 private:
  std::vector<std::string> parts_;  // at least one; a star between each two
};

// Reads a glob once into a regular expression and, where it has no other syntax, into star parts.
class Compiler {
 public:
  Compiler(std::string_view glob, bool ignore_case) : glob_(glob), ignore_case_(ignore_case) {}

  Result<std::unique_ptr<Pattern>> run() {
    while (pos_ < glob_.size()) {
      step();
      if (problem_) {
        return std::unexpected(pattern_error(kWhat, glob_, *problem_));
      }
    }
    if (depth_ > 0) {
      return std::unexpected(pattern_error(kWhat, glob_, "unclosed alternate group; missing '}'"));
    }
    if (only_stars_ && !ignore_case_) {
      return std::make_unique<StarGlob>(std::move(parts_));
    }
    return RegularExpression::compile(
        regex_, {.ignore_case = ignore_case_, .dot_matches_newline = true, .whole_value = true},
        kWhat, glob_);
  }

 private:
  char at(std::size_t pos) const { return pos < glob_.size() ? glob_[pos] : '\0'; }

  void step() {
    const char c = glob_[pos_];
    switch (c) {
      case '*':
        return stars();
      case '?':
        special(".");
        break;
      case '[':
        return character_class();
      case '{':
        ++depth_;
        alternate_empty_ = true;
        special("(?:");
        break;
      case '}':
        if (depth_ == 0) {
          problem_ = "unopened alternate group; missing '{' (escape '}' with a backslash)";
          return;
        }
        close_alternate();
        --depth_;
        special(")");
        alternate_empty_ = false;
        break;
      case ',':
        if (depth_ == 0) {
          literal(glob_.substr(pos_, 1));
        } else {
          separate_alternate();
        }
        break;
      case '\\':
        if (++pos_ == glob_.size()) {
          problem_ = "dangling '\\'";
          return;
        }
        literal(glob_.substr(pos_, 1));
        break;
      default:
        literal(glob_.substr(pos_, 1));
    }
    ++pos_;
  }

  void literal(std::string_view text) {
    alternate_empty_ = false;
    // Bytes of a longer sequence are copied as they are: only ASCII punctuation is special.
    const auto c = static_cast<unsigned char>(text.front());
    const bool plain = c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                       (c >= 'A' && c <= 'Z');
    if (c == 0) {
      regex_ += "\\x00";
    } else {
      if (!plain) {
        regex_ += '\\';
      }
      regex_ += text;
    }
    parts_.back() += text;
  }

  void special(std::string_view regex) {
    only_stars_ = false;
    regex_ += regex;
    if (regex != "(?:") {
      alternate_empty_ = false;
    }
  }

  // `{a,,b}` has two alternates: empty ones are dropped, as globset does by default.
  void separate_alternate() {
    only_stars_ = false;
    if (!alternate_empty_) {
      regex_ += '|';
      alternate_empty_ = true;
    }
  }
  void close_alternate() {
    if (alternate_empty_ && regex_.ends_with('|')) {
      regex_.pop_back();
    }
  }

  // `*` and `**` cross any character; `**` as a whole path component also stands for none.
  void stars() {
    const std::size_t begin = pos_;
    while (at(pos_) == '*' && pos_ < glob_.size()) {
      ++pos_;
    }
    alternate_empty_ = false;
    const bool component = pos_ - begin == 2 && (begin == 0 || glob_[begin - 1] == '/') &&
                           (pos_ == glob_.size() || glob_[pos_] == '/');
    const bool has_slash_after = component && pos_ < glob_.size();
    if (component && begin == 0 && has_slash_after) {
      ++pos_;
      special("(?:/?|.*/)");
    } else if (component && begin > 0 && has_slash_after) {
      ++pos_;
      special("(?:|.*/)");  // the slash before is already there
    } else {
      regex_ += ".*";
      parts_.emplace_back();
    }
  }

  void character_class() {
    only_stars_ = false;
    alternate_empty_ = false;
    regex_ += '[';
    ++pos_;
    if (at(pos_) == '!' || at(pos_) == '^') {
      regex_ += '^';
      ++pos_;
    }
    bool first = true;
    while (true) {
      if (pos_ >= glob_.size()) {
        problem_ = "unclosed character class; missing ']'";
        return;
      }
      if (glob_[pos_] == ']' && !first) {
        break;
      }
      first = false;
      const char32_t low = class_member();
      char32_t high = low;
      if (at(pos_) == '-' && pos_ + 1 < glob_.size() && glob_[pos_ + 1] != ']') {
        ++pos_;
        high = class_member();
      }
      if (high < low) {
        problem_ = "invalid range in a character class";
        return;
      }
      append_class_range(low, high);
    }
    ++pos_;
    regex_ += ']';
  }

  char32_t class_member() {
    const Decoded next = decode_at(glob_, pos_);
    pos_ += next.bytes;
    return next.code_point;
  }

  void append_class_range(char32_t low, char32_t high) {
    append_class_member(low);
    if (high != low) {
      regex_ += '-';
      append_class_member(high);
    }
  }
  void append_class_member(char32_t c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    regex_ += "\\x{";
    for (int shift = 20; shift >= 0; shift -= 4) {
      regex_ += kHex[(c >> static_cast<unsigned>(shift)) & 0xFU];
    }
    regex_ += '}';
  }

  std::string_view glob_;
  bool ignore_case_;
  std::size_t pos_ = 0;
  std::size_t depth_ = 0;
  bool only_stars_ = true;
  bool alternate_empty_ = false;
  std::string regex_;
  std::vector<std::string> parts_ = {""};
  std::optional<std::string_view> problem_;
};

}  // namespace

Result<std::unique_ptr<Pattern>> compile_glob(std::string_view pattern, bool ignore_case) {
  if (pattern.size() > kPatternBytesMax) {
    return std::unexpected(pattern_error(kWhat, pattern, "it is longer than 32 KiB"));
  }
  return Compiler(pattern, ignore_case).run();
}

}  // namespace layer::engine::text
