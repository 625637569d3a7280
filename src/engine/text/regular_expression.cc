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
                                     bool whole_value)
    : re_(expression, options), whole_value_(whole_value) {
  std::string low;
  std::string high;
  if (re_.ok() && re_.PossibleMatchRange(&low, &high, kPrefixBytesMax)) {
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
  auto compiled = std::make_unique<RegularExpression>(expression, re2, options.whole_value);
  if (!compiled->re_.ok()) {
    return std::unexpected(pattern_error(what, shown, compiled->re_.error()));
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
  return RegularExpression::compile(expression, {}, kWhat, pattern);
}

}  // namespace layer::engine::text
