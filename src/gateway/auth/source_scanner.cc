#include "gateway/auth/source_scanner.h"

#include <array>
#include <optional>
#include <utility>

#include "core/text.h"

namespace layer::gateway {
namespace {

constexpr std::string_view kTell = "_from_namespace";

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

constexpr bool is_bare(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
         c == '-' || c == '.';
}

using Table = std::array<bool, 256>;

template <class Predicate>
constexpr Table table_of(Predicate predicate) {
  Table table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = predicate(static_cast<char>(i));
  }
  return table;
}

constexpr Table kPlainInString = table_of([](char c) { return c != '"' && c != '\\'; });
constexpr Table kPlainInValue =
    table_of([](char c) { return is_space(c) || is_bare(c) || c == ',' || c == ':'; });

// The next place from `at` on whose character is not in the table.
std::size_t skip(std::string_view text, std::size_t at, const Table& plain) {
  while (at < text.size() && plain[static_cast<unsigned char>(text[at])]) {
    ++at;
  }
  return at;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

std::optional<unsigned> hex4(std::string_view text) {
  if (text.size() < 4) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text.substr(0, 4)) {
    const char l = lower(c);
    if (l >= '0' && l <= '9') {
      value = value * 16 + static_cast<unsigned>(l - '0');
    } else if (l >= 'a' && l <= 'f') {
      value = value * 16 + static_cast<unsigned>(l - 'a') + 10;
    } else {
      return std::nullopt;
    }
  }
  return value;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6U));
    put(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12U));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  } else {
    put(0xF0 | (code >> 18U));
    put(0x80 | ((code >> 12U) & 0x3FU));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  }
}

std::optional<char> simple_escape(char c) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t at = kLetters.find(c);
  return at == std::string_view::npos ? std::nullopt : std::optional(kMeanings[at]);
}

// The code point of "uXXXX" or of two such that are a pair, cut off `text`, which begins at "u".
std::optional<unsigned> take_unicode_escape(std::string_view& text) {
  const auto high = hex4(text.substr(1));
  if (!high) {
    return std::nullopt;
  }
  text.remove_prefix(5);
  if (*high < 0xD800 || *high > 0xDFFF) {
    return high;
  }
  if (*high > 0xDBFF || !text.starts_with("\\u")) {
    return std::nullopt;
  }
  const auto low = hex4(text.substr(2));
  if (!low || *low < 0xDC00 || *low > 0xDFFF) {
    return std::nullopt;
  }
  text.remove_prefix(6);
  return 0x10000 + ((*high - 0xD800) << 10U) + (*low - 0xDC00);
}

// nullopt: not what JSON allows between quotes.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    if (is_control(c)) {
      return std::nullopt;
    }
    text.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    if (text.empty()) {
      return std::nullopt;
    }
    if (text.front() == 'u') {
      const auto code = take_unicode_escape(text);
      if (!code) {
        return std::nullopt;
      }
      append_utf8(out, *code);
    } else {
      const auto meaning = simple_escape(text.front());
      if (!meaning) {
        return std::nullopt;
      }
      out += *meaning;
      text.remove_prefix(1);
    }
  }
  return out;
}

bool names_source(std::string_view name, bool in_source) {
  return in_source ? core::equals_ignore_case(name, "source_namespace")
                   : core::equals_ignore_case(name, "copy_from_namespace") ||
                         core::equals_ignore_case(name, "branch_from_namespace");
}

}  // namespace

void SourceScanner::feed(std::string_view piece) {
  for (std::size_t at = 0; at < piece.size() && state_ != State::kOpaque; ++at) {
    // Most bytes of a body lie in strings and vectors nobody looks into.
    if (state_ == State::kString && purpose_ >= Purpose::kSkipped) {
      at = skip(piece, at, kPlainInString);
    } else if (state_ == State::kNested) {
      at = skip(piece, at, kPlainInValue);
    }
    if (at == piece.size()) {
      return;
    }
    step(piece[at]);
  }
}

void SourceScanner::step(char c) {
  switch (state_) {
    case State::kStart:
      if (c == '{') {
        state_ = State::kNameOrEnd;
      } else if (c == '[') {
        // Some readers take an array for an object whose members come in their declared order.
        state_ = State::kOpaque;
      } else if (!is_space(c)) {
        lose(c);
      }
      return;
    case State::kNameOrEnd:
    case State::kName:
      if (c == '"') {
        open_string(Purpose::kMemberName);
      } else if (c == '}' && state_ == State::kNameOrEnd) {
        state_ = std::exchange(in_source_, false) ? State::kCommaOrEnd : State::kDone;
      } else if (!is_space(c)) {
        lose(c);
      }
      return;
    case State::kColon:
      if (c == ':') {
        state_ = State::kValue;
      } else if (!is_space(c)) {
        lose(c);
      }
      return;
    case State::kValue:
      value(c);
      return;
    case State::kString:
      if (c == '"') {
        close_string();
        return;
      }
      capture(c);
      if (c == '\\') {
        state_ = State::kEscape;
      }
      return;
    case State::kEscape:
      capture(c);
      state_ = State::kString;
      return;
    case State::kBare:
      if (is_bare(c)) {
        return;
      }
      state_ = State::kCommaOrEnd;
      [[fallthrough]];
    case State::kCommaOrEnd:
      if (c == ',') {
        state_ = State::kName;
      } else if (c == '}') {
        state_ = std::exchange(in_source_, false) ? State::kCommaOrEnd : State::kDone;
      } else if (!is_space(c)) {
        lose(c);
      }
      return;
    case State::kNested:
      nested(c);
      return;
    case State::kDone:
      if (!is_space(c)) {
        lose(c);
      }
      return;
    case State::kLost:
      search(c);
      return;
    case State::kOpaque:
      return;
  }
}

void SourceScanner::value(char c) {
  if (c == '"') {
    open_string(is_target_ ? Purpose::kSource : Purpose::kSkipped);
  } else if (c == '{' || c == '[') {
    if (!is_target_) {
      push(c);
    } else if (c == '{' && !in_source_) {
      in_source_ = true;
      state_ = State::kNameOrEnd;
    } else {
      state_ = State::kOpaque;
    }
  } else if (is_bare(c)) {
    state_ = State::kBare;
  } else if (!is_space(c)) {
    lose(c);
  }
}

void SourceScanner::nested(char c) {
  switch (c) {
    case '"':
      open_string(Purpose::kNested);
      return;
    case '{':
    case '[':
      push(c);
      return;
    case '}':
    case ']':
      if (is_array_[--depth_] != (c == ']')) {
        lose(c);
      } else if (depth_ == 0) {
        state_ = State::kCommaOrEnd;
      }
      return;
    default:
      if (!kPlainInValue[static_cast<unsigned char>(c)]) {
        lose(c);
      }
  }
}

void SourceScanner::push(char c) {
  const std::size_t around = in_source_ ? 2 : 1;
  if (around + depth_ >= core::limits::json_depth_max) {
    lose(c);
    return;
  }
  is_array_[depth_++] = c == '[';
  state_ = State::kNested;
}

void SourceScanner::open_string(Purpose purpose) {
  purpose_ = purpose;
  text_.clear();
  overlong_ = false;
  state_ = State::kString;
}

void SourceScanner::capture(char c) {
  if (purpose_ >= Purpose::kSkipped) {
    return;
  }
  if (text_.size() < kCaptureBytesMax) {
    text_ += c;
  } else {
    overlong_ = true;
  }
}

void SourceScanner::close_string() {
  switch (purpose_) {
    case Purpose::kNested:
      state_ = State::kNested;
      return;
    case Purpose::kSkipped:
      state_ = State::kCommaOrEnd;
      return;
    case Purpose::kMemberName: {
      const auto name = overlong_ ? std::optional<std::string>("") : unescape(text_);
      is_target_ = name && names_source(*name, in_source_);
      state_ = name ? State::kColon : State::kOpaque;
      return;
    }
    case Purpose::kSource: {
      auto source = overlong_ ? std::nullopt : unescape(text_);
      if (!source || ++found_ > kSourcesMax) {
        state_ = State::kOpaque;
        return;
      }
      sources_.push_back(std::move(*source));
      state_ = State::kCommaOrEnd;
      return;
    }
  }
}

// The text is not JSON. A store will refuse it in its own words, unless it reads more leniently
// than JSON allows; then it still has to find the name of the member somewhere in what is left.
void SourceScanner::lose(char c) {
  state_ = State::kLost;
  search(c);
}

void SourceScanner::search(char c) {
  if (c == '\\' || c == '\0') {  // escapes, wide characters
    state_ = State::kOpaque;
    return;
  }
  const char l = lower(c);
  if (l != kTell[matched_] && matched_ == kTell.find('_', 1) + 1) {
    matched_ = 1;  // its second "_" may be the first of another place
  }
  if (l != kTell[matched_]) {
    matched_ = 0;
  }
  if (l == kTell[matched_]) {
    ++matched_;
  }
  if (matched_ == kTell.size()) {
    state_ = State::kOpaque;
  }
}

}  // namespace layer::gateway
