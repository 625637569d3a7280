// Namespace patterns of grants: `*` stands for any run of characters, also none; every other
// character stands for itself; upper and lower case differ.
// Thread safety: immutable. Cost: linear in the name for each run between stars, no backtracking.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace layer::gateway {

class Glob {
 public:
  explicit Glob(std::string_view pattern);
  bool matches(std::string_view name) const;
  // True for "*" and its repetitions.
  bool matches_everything() const;
  const std::string& pattern() const { return pattern_; }

 private:
  std::string pattern_;
  bool has_star_ = false;
  std::string head_;                 // before the first star; the whole pattern when there is none
  std::vector<std::string> middle_;  // between stars, without empty ones
  std::string tail_;                 // after the last star
};

}  // namespace layer::gateway
