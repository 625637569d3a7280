#include "engine/text/regular_expression.h"

#include <algorithm>
#include <utility>

#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

constexpr int kPrefixBytesMax = 64;
constexpr std::size_t kShownBytesMax = 100;

// What every text between `low` and `high` (in byte order, both included) starts with.
std::string common_prefix(const std::string& low, const std::string& high) {
  const auto end = std::ranges::mismatch(low, high).in1;
  return {low.begin(), end};
}

// What RE2 says is wrong, without repeating a long pattern.
std::string problem_of(const RE2& re) {
  constexpr std::size_t kArgumentBytesMax = 40;
  const std::string& whole = re.error();
  return re.error_arg().size() <= kArgumentBytesMax ? whole : whole.substr(0, whole.find(": "));
}

// True only if every match certainly begins at the front of the value. Groups with flags could give
// ^ another meaning, an alternative outside groups another beginning; brackets would hide either.
bool starts_at_front(std::string_view pattern) {
  if (!pattern.starts_with('^') || pattern.contains("(?") ||
      (pattern.contains('|') && pattern.contains('['))) {
    return false;
  }
  int depth = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    i += c == '\\' ? 1 : 0;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == '|' && depth == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

Error pattern_error(std::string_view what, std::string_view shown, std::string_view problem) {
  std::string message = "invalid ";
  message += what;
  message += " '";
  if (shown.size() > kShownBytesMax) {
    std::size_t cut = kShownBytesMax;
    while (cut > 0 && is_continuation(shown[cut])) {
      --cut;
    }
    message += shown.substr(0, cut);
    message += "...";
  } else {
    message += shown;
  }
  message += "': ";
  message += problem;
  return {.code = ErrorCode::kInvalidArgument, .message = std::move(message)};
}

RegularExpression::RegularExpression(const std::string& expression, const RE2::Options& options,
                                     bool anchored, bool whole_value)
    : re_(expression, options), whole_value_(whole_value) {
  std::string low;
  std::string high;
  if (re_.ok() && anchored && re_.PossibleMatchRange(&low, &high, kPrefixBytesMax)) {
    prefix_ = common_prefix(low, high);
  }
}

Result<std::unique_ptr<Pattern>> RegularExpression::compile(const std::string& expression,
                                                            Options options, std::string_view what,
                                                            std::string_view shown) {
  RE2::Options re2;
  re2.set_log_errors(false);
  re2.set_never_capture(true);
  re2.set_max_mem(kPatternMemoryBytesMax);
  re2.set_case_sensitive(!options.ignore_case);
  re2.set_dot_nl(options.dot_matches_newline);
  const bool anchored = options.whole_value || options.starts_value;
  auto compiled =
      std::make_unique<RegularExpression>(expression, re2, anchored, options.whole_value);
  if (!compiled->re_.ok()) {
    return std::unexpected(pattern_error(what, shown, problem_of(compiled->re_)));
  }
  return compiled;
}

bool RegularExpression::matches(std::string_view value) const {
  const re2::StringPiece text(value.data(), value.size());
  return re_.Match(text, 0, value.size(), whole_value_ ? RE2::ANCHOR_BOTH : RE2::UNANCHORED,
                   nullptr, 0);
}

Result<std::unique_ptr<Pattern>> compile_regex(std::string_view pattern) {
  constexpr std::string_view kWhat = "regular expression";
  if (pattern.size() > kPatternBytesMax) {
    return std::unexpected(pattern_error(kWhat, pattern, "it is longer than 32 KiB"));
  }
  LAYER_ASSIGN(const std::string expression, translate_rust_regex(pattern));
  return RegularExpression::compile(expression, {.starts_value = starts_at_front(pattern)}, kWhat,
                                    pattern);
}

}  // namespace layer::engine::text
