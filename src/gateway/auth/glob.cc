#include "gateway/auth/glob.h"

#include <cstring>

namespace layer::gateway {

Glob::Glob(std::string_view pattern) : pattern_(pattern) {
  const std::size_t first = pattern.find('*');
  if (first == std::string_view::npos) {
    head_ = pattern;
    return;
  }
  has_star_ = true;
  const std::size_t last = pattern.rfind('*');
  head_ = pattern.substr(0, first);
  tail_ = pattern.substr(last + 1);
  for (std::size_t begin = first + 1; begin <= last;) {
    const std::size_t end = pattern.find('*', begin);
    if (end > begin) {
      middle_.emplace_back(pattern.substr(begin, end - begin));
    }
    begin = end + 1;
  }
}

bool Glob::matches(std::string_view name) const {
  if (!has_star_) {
    return name == head_;
  }
  if (name.size() < head_.size() + tail_.size() || !name.starts_with(head_) ||
      !name.ends_with(tail_)) {
    return false;
  }
  name = name.substr(head_.size(), name.size() - head_.size() - tail_.size());
  // The leftmost place of each run leaves the most room for those after it, so nothing is ever
  // tried twice. memmem is linear, unlike string_view::find.
  for (const std::string& run : middle_) {
    const void* const found = ::memmem(name.data(), name.size(), run.data(), run.size());
    if (found == nullptr) {
      return false;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - name.data());
    name.remove_prefix(at + run.size());
  }
  return true;
}

bool Glob::matches_everything() const {
  return has_star_ && head_.empty() && tail_.empty() && middle_.empty();
}

}  // namespace layer::gateway
