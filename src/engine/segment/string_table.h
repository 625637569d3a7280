// A list of strings in two arrays: offsets (32 bits each while they suffice, else 64) and bytes.
// Searching presumes ascending order by bytes. Thread safety: immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "engine/segment/parts.h"

namespace layer::engine::segment {

class StringTable {
 public:
  StringTable() = default;  // empty
  // Of parts `first` (offsets) and `first` + 1 (bytes). Errors: kCorrupt when an offset is wrong.
  static Result<StringTable> open(const PartsView& parts, std::size_t first);

  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t index) const {
    if (narrow_ != nullptr) {
      return {bytes_ + narrow_[index], narrow_[index + 1] - narrow_[index]};
    }
    return {bytes_ + wide_[index], wide_[index + 1] - wide_[index]};
  }

  std::size_t lower_bound(std::string_view text) const;  // first string >= text
  std::size_t upper_bound(std::string_view text) const;  // first string > text
  // Strings that begin with `prefix`: [begin, end).
  std::pair<std::size_t, std::size_t> prefix_range(std::string_view prefix) const;
  bool ascending() const;  // strictly

 private:
  template <class T>
  static bool monotone(std::span<const T> offsets, std::size_t end);
  template <class Before>
  std::size_t partition(Before before) const;

  std::size_t size_ = 0;
  const char* bytes_ = nullptr;
  const std::uint32_t* narrow_ = nullptr;
  const std::uint64_t* wide_ = nullptr;
};

class StringTableWriter {
 public:
  void add(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    ends_.push_back(bytes_.size());
  }
  std::size_t size() const { return ends_.size() - 1; }
  // Adds the two parts; this writer must live until they are written.
  void finish(PartsWriter& parts);

 private:
  std::vector<char> bytes_;
  std::vector<std::uint64_t> ends_{0};
  std::vector<std::uint32_t> narrow_;
};

}  // namespace layer::engine::segment
