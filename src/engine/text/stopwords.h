// Words a language's texts do without, compared with lower-cased tokens.
// Thread safety: immutable. Cost of a look-up: one bucket of one or two words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace layer::engine::text {

class StopWords {
 public:
  // Words separated by single spaces; `list` must live as long as the object.
  explicit StopWords(std::string_view list);

  // The list of a language, or null for those that have none (Arabic, Greek, Romanian, Tamil,
  // Turkish).
  static const StopWords* of(wire::Language language);

  bool contains(std::string_view word) const {
    if (word.empty() || word.size() > bytes_max_) {
      return false;
    }
    const std::size_t bucket = bucket_of(word);
    for (std::size_t i = starts_[bucket]; i < starts_[bucket + 1]; ++i) {
      if (words_[i] == word) {
        return true;
      }
    }
    return false;
  }

  std::size_t size() const { return words_.size(); }

 private:
  static constexpr std::size_t kBuckets = 512;
  static constexpr std::size_t kLanguages = static_cast<std::size_t>(wire::Language::kTurkish) + 1;

  static std::size_t bucket_of(std::string_view word) {
    const auto first = static_cast<std::uint8_t>(word.front());
    const auto second = static_cast<std::uint8_t>(word[word.size() / 2]);
    const auto last = static_cast<std::uint8_t>(word.back());
    return (first * 31U + second * 7U + last * 131U + word.size()) % kBuckets;
  }

  std::vector<std::string_view> words_;  // by bucket
  std::array<std::uint16_t, kBuckets + 1> starts_{};
  std::size_t bytes_max_ = 0;
};

}  // namespace layer::engine::text
