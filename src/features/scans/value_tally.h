// Different values and how often each occurs, within bounds (rule SC5 of the contract): the first
// kDistinctMax values are counted exactly; of the others only their number is estimated. What takes
// more memory than kTallyBytesMax is to be taken out in between: which values count is remembered
// by their hashes, so that the counts of all that was taken out add up. Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "features/scans/scan_lines.h"

namespace layer::features::scans {

inline constexpr std::size_t kDistinctMax = 1'000'000;
// Of the 256 MiB that a job may take: the rest is for hashes, merging and printing.
inline constexpr std::size_t kTallyBytesMax = std::size_t{64} << 20;

// The number of different texts among many, within about 1 %: HyperLogLog of 2^14 registers.
class DistinctEstimate {
 public:
  void add(std::string_view text);
  void add_hash(std::uint64_t hash);
  std::uint64_t value() const;
  // The registers, to go on with in another process.
  const std::vector<std::uint8_t>& registers() const { return registers_; }
  // False: these are not registers.
  bool set_registers(std::vector<std::uint8_t> registers);

 private:
  static constexpr unsigned kIndexBits = 14;
  std::vector<std::uint8_t> registers_ = std::vector<std::uint8_t>(std::size_t{1} << kIndexBits);
};

class ValueTally {
 public:
  struct Limits {
    std::size_t distinct_max = kDistinctMax;
    std::size_t bytes_max = kTallyBytesMax;  // full() from there on
    // New values are dropped from there on, for who cannot take anything out.
    std::size_t drop_beyond = std::numeric_limits<std::size_t>::max();
  };
  ValueTally() = default;
  explicit ValueTally(Limits limits) : limits_(limits) {}

  void add(std::string_view value, std::uint64_t times = 1);
  // A row's value of the field as JSON text: a scalar, or an array whose different elements count
  // once each. Nulls and what is empty count nothing.
  void add_json(std::string_view json);

  // Counts that were taken out of another tally: its values count here as well.
  void admit(const std::vector<ValueCount>& taken);

  bool truncated() const { return truncated_; }
  std::size_t kept() const { return counts_.size(); }  // not taken out
  std::size_t bytes() const { return bytes_; }         // that those take, about
  bool full() const { return bytes_ >= limits_.bytes_max; }
  std::uint64_t unique() const { return truncated_ ? estimate_.value() : admitted_.size(); }
  const DistinctEstimate& estimate() const { return estimate_; }
  // Goes on with what another tally had dropped.
  void truncated_before(DistinctEstimate estimate);
  // In no order; none is left.
  std::vector<ValueCount> take();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  Limits limits_{};
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
  // Hashes of the values that count, whether they were taken out or not: two of a million are the
  // same once in a hundred million tallies.
  std::unordered_set<std::uint64_t> admitted_;
  DistinctEstimate estimate_;
  std::size_t bytes_ = 0;
  bool truncated_ = false;
};

// What a JSON scalar counts as: a string's meaning, else its text.
std::string value_text(std::string_view json);

}  // namespace layer::features::scans
