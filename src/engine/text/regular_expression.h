// RE2 as the patterns use it: UTF-8, quiet, bounded memory, no exceptions.
// Thread safety: const members from many threads.
#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"
#include "engine/text/pattern.h"

namespace layer::engine::text {

inline constexpr std::size_t kPatternBytesMax = std::size_t{32} * 1024;
// For one compiled pattern, its automata included.
inline constexpr std::int64_t kPatternMemoryBytesMax = std::int64_t{8} * 1024 * 1024;

class RegularExpression final : public Pattern {
 public:
  struct Options {
    bool ignore_case = false;
    bool dot_matches_newline = false;
    bool whole_value = false;   // else some part of it
    bool starts_value = false;  // the expression itself says that a match begins at the front
  };
  // `what` and `shown` name the pattern as the caller wrote it in errors (kInvalidArgument).
  static Result<std::unique_ptr<Pattern>> compile(const std::string& expression, Options options,
                                                  std::string_view what, std::string_view shown);

  // `anchored`: matches begin at the front, so that their range is a range of values.
  RegularExpression(const std::string& expression, const RE2::Options& options, bool anchored,
                    bool whole_value);
  bool matches(std::string_view value) const override;
  std::string_view literal_prefix() const override { return prefix_; }

 private:
  RE2 re_;
  bool whole_value_;
  std::string prefix_;
};

// Rewrites what Rust's regex crate spells otherwise than RE2 (Unicode classes \d \w \s, \u{...},
// (?<name>...)) and refuses what RE2 would silently read as something else.
Result<std::string> translate_rust_regex(std::string_view pattern);

// "invalid <what> '<shown>': <problem>", with long patterns cut.
Error pattern_error(std::string_view what, std::string_view shown, std::string_view problem);

}  // namespace layer::engine::text
