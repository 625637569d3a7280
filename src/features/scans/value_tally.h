// Different values and how often each occurs, within bounds (rule SC5 of the contract): the first
// kDistinctMax values, or as many as fit kTallyBytesMax, are counted exactly; of the others only
// their number is estimated. Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace layer::features::scans {

inline constexpr std::size_t kDistinctMax = 1'000'000;
inline constexpr std::size_t kTallyBytesMax = std::size_t{256} << 20;

// The number of different texts among many, within about 1 %: HyperLogLog of 2^14 registers.
class DistinctEstimate {
 public:
  void add(std::string_view text);
  std::uint64_t value() const;

 private:
  static constexpr unsigned kIndexBits = 14;
  std::vector<std::uint8_t> registers_ = std::vector<std::uint8_t>(std::size_t{1} << kIndexBits);
};

class ValueTally {
 public:
  struct Limits {
    std::size_t distinct_max = kDistinctMax;
    std::size_t bytes_max = kTallyBytesMax;
  };
  ValueTally() = default;
  explicit ValueTally(Limits limits) : limits_(limits) {}

  void add(std::string_view value, std::uint64_t times = 1);
  // A row's value of the field as JSON text: a scalar, or an array whose different elements count
  // once each. Nulls and what is empty count nothing.
  void add_json(std::string_view json);

  bool truncated() const { return truncated_; }
  std::size_t kept() const { return counts_.size(); }
  std::uint64_t unique() const { return truncated_ ? estimate_.value() : counts_.size(); }
  // By count, the largest first, then by value.
  std::vector<std::pair<std::string, std::uint64_t>> take();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  Limits limits_{};
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
  DistinctEstimate estimate_;
  std::size_t bytes_ = 0;
  bool truncated_ = false;
};

// What a JSON scalar counts as: a string's meaning, else its text.
std::string value_text(std::string_view json);

}  // namespace layer::features::scans
