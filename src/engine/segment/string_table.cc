#include "engine/segment/string_table.h"

#include <algorithm>
#include <limits>

namespace layer::engine::segment {

template <class T>
bool StringTable::monotone(std::span<const T> offsets, std::size_t end) {
  return offsets.front() == 0 && offsets.back() == end && std::ranges::is_sorted(offsets);
}

Result<StringTable> StringTable::open(const PartsView& parts, std::size_t first) {
  const std::span<const std::byte> offsets = parts.part(first);
  const std::span<const std::byte> bytes = parts.part(first + 1);
  StringTable table;
  table.bytes_ = reinterpret_cast<const char*>(bytes.data());
  // The width follows from what the bytes need, so that it cannot disagree with them.
  bool valid = false;
  if (bytes.size() <= std::numeric_limits<std::uint32_t>::max()) {
    LAYER_ASSIGN(const auto narrow, parts.array<std::uint32_t>(first));
    table.narrow_ = narrow.data();
    valid = !narrow.empty() && monotone(narrow, bytes.size());
    table.size_ = valid ? narrow.size() - 1 : 0;
  } else {
    LAYER_ASSIGN(const auto wide, parts.array<std::uint64_t>(first));
    table.wide_ = wide.data();
    valid = !wide.empty() && monotone(wide, bytes.size());
    table.size_ = valid ? wide.size() - 1 : 0;
  }
  if (!valid) {
    return damaged(parts.blob(), offsets, "string offsets are wrong");
  }
  return table;
}

template <class Before>
std::size_t StringTable::partition(Before before) const {
  std::size_t low = 0;
  std::size_t high = size_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (before((*this)[middle])) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::size_t StringTable::lower_bound(std::string_view text) const {
  return partition([&](std::string_view at) { return at < text; });
}

std::size_t StringTable::upper_bound(std::string_view text) const {
  return partition([&](std::string_view at) { return at <= text; });
}

std::pair<std::size_t, std::size_t> StringTable::prefix_range(std::string_view prefix) const {
  return {lower_bound(prefix),
          partition([&](std::string_view at) { return at < prefix || at.starts_with(prefix); })};
}

bool StringTable::ascending() const {
  for (std::size_t i = 1; i < size_; ++i) {
    if ((*this)[i - 1] >= (*this)[i]) {
      return false;
    }
  }
  return true;
}

void StringTableWriter::finish(PartsWriter& parts) {
  if (bytes_.size() <= std::numeric_limits<std::uint32_t>::max()) {
    narrow_.reserve(ends_.size());
    for (const std::uint64_t end : ends_) {
      narrow_.push_back(static_cast<std::uint32_t>(end));
    }
    parts.add_array(narrow_);
  } else {
    parts.add_array(ends_);
  }
  parts.add_array(bytes_);
}

}  // namespace layer::engine::segment
