#include "features/scans/value_tally.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <xxhash.h>

#include "features/namespaces/slices.h"

namespace layer::features::scans {
namespace {

// What a map takes beside a text.
constexpr std::size_t kEntryBytes = 96;

std::uint64_t hash_of(std::string_view text) {
  return XXH64(text.data(), text.size(), 0);
}

}  // namespace

void DistinctEstimate::add(std::string_view text) {
  add_hash(hash_of(text));
}

bool DistinctEstimate::set_registers(std::vector<std::uint8_t> registers) {
  if (registers.size() != registers_.size()) {
    return false;
  }
  registers_ = std::move(registers);
  return true;
}

void DistinctEstimate::add_hash(std::uint64_t hash) {
  const std::size_t index = hash >> (64 - kIndexBits);
  const std::uint64_t rest = (hash << kIndexBits) | (std::uint64_t{1} << (kIndexBits - 1));
  const auto rank = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
  registers_[index] = std::max(registers_[index], rank);
}

// Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm",
// with its correction for small numbers.
std::uint64_t DistinctEstimate::value() const {
  const auto m = static_cast<double>(registers_.size());
  double sum = 0;
  double empty = 0;
  for (const std::uint8_t rank : registers_) {
    sum += std::ldexp(1.0, -static_cast<int>(rank));
    empty += rank == 0 ? 1 : 0;
  }
  const double estimate = 0.7213 / (1 + (1.079 / m)) * m * m / sum;
  const bool small = estimate <= 2.5 * m && empty > 0;
  return static_cast<std::uint64_t>(std::llround(small ? m * std::log(m / empty) : estimate));
}

void ValueTally::add(std::string_view value, std::uint64_t times) {
  if (const auto found = counts_.find(value); found != counts_.end()) {
    found->second += times;
    return;
  }
  const std::uint64_t hash = hash_of(value);
  estimate_.add_hash(hash);
  if (!admitted_.contains(hash)) {
    if (admitted_.size() >= limits_.distinct_max || bytes_ >= limits_.drop_beyond) {
      truncated_ = true;
      return;
    }
    admitted_.insert(hash);
  }
  bytes_ += value.size() + kEntryBytes;
  counts_.emplace(value, times);
}

void ValueTally::admit(const std::vector<ValueCount>& taken) {
  for (const ValueCount& value : taken) {
    const std::uint64_t hash = hash_of(value.v);
    estimate_.add_hash(hash);
    admitted_.insert(hash);
  }
}

void ValueTally::truncated_before(DistinctEstimate estimate) {
  estimate_ = std::move(estimate);
  truncated_ = true;
}

void ValueTally::add_json(std::string_view json) {
  if (json.empty() || json == "null") {
    return;
  }
  if (!json.starts_with('[')) {
    return add(value_text(json));
  }
  std::vector<std::string> elements;
  for (const namespaces::Slice& item : namespaces::items_of(json)) {
    elements.push_back(value_text(item.of(json)));
  }
  std::ranges::sort(elements);
  const auto tail = std::ranges::unique(elements);
  elements.erase(tail.begin(), tail.end());
  for (const std::string& element : elements) {
    add(element);
  }
}

std::vector<ValueCount> ValueTally::take() {
  std::vector<ValueCount> all;
  all.reserve(counts_.size());
  while (!counts_.empty()) {
    auto node = counts_.extract(counts_.begin());
    all.push_back({.v = std::move(node.key()), .n = node.mapped()});
  }
  bytes_ = 0;
  return all;
}

std::string value_text(std::string_view json) {
  return json.starts_with('"') ? namespaces::string_of(json) : std::string(json);
}

}  // namespace layer::features::scans
