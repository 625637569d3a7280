// Glob, regular expression and fuzzy matching over whole values.
// Thread safety: matches() is const and may run on many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/error.h"
#include "wire/filter.h"

namespace layer::engine::text {

class Pattern {
 public:
  virtual ~Pattern() = default;
  virtual bool matches(std::string_view value) const = 0;
  // A prefix every match starts with, for range pruning of sorted dictionaries; may be empty.
  virtual std::string_view literal_prefix() const { return {}; }
};

// globset syntax: * ? [...] [!...] {a,b} ** and backslash escapes; matches the whole value; *
// crosses '/'.
Result<std::unique_ptr<Pattern>> compile_glob(std::string_view pattern, bool ignore_case);
// Rust regex syntax as far as RE2 has it: unanchored, linear time, no look-around or
// back-references.
Result<std::unique_ptr<Pattern>> compile_regex(std::string_view pattern);
// Some substring of the value is within the Levenshtein distance (in code points) that the query's
// length selects: the largest threshold reached; shorter than the first threshold matches nothing.
Result<std::unique_ptr<Pattern>> compile_fuzzy(std::string_view query,
                                               std::span<const wire::EditDistance> distances,
                                               bool case_sensitive);

}  // namespace layer::engine::text
