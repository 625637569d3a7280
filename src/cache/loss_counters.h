// What losses() of a store that lives in this process answers: for each set the number of the last
// loss, counted over all sets, so that a set that is forgotten here never falls back to a number it
// had before. Memory is bounded: beyond kSetsMax sets with losses all are forgotten, and every set
// then seems to have lost something once more, which is allowed.
// Thread safety: all of it.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace layer::cache {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

class LossCounters {
 public:
  static constexpr std::size_t kSetsMax = 100'000;

  void note(std::string_view set);
  std::uint64_t of(std::string_view set) const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t losses_ = 0;
  std::uint64_t floor_ = 0;  // of sets that are not in the map
  std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>> last_;
};

}  // namespace layer::cache
