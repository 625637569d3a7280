#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "engine/text/fuzzy_windows.h"
#include "engine/text/lowercase.h"
#include "engine/text/pattern.h"
#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::uint32_t kDistanceMax = FuzzyWindows::kDistanceMax;

// The query is shorter than the first threshold.
class NeverPattern final : public Pattern {
 public:
  bool matches(std::string_view /*value*/) const override { return false; }
};

// Approximate search in the bit-parallel form of Wu and Manber ("Fast text searching allowing
// errors", 1992): bit i of row d says that the first i + 1 characters of the query match some text
// that ends here with at most d edits. Cost: characters of the value's windows, or of all of it
// where there are none, * (distance + 1) * query words.
class FuzzyPattern final : public Pattern {
 public:
  FuzzyPattern(const std::vector<char32_t>& query, std::uint32_t distance, bool case_sensitive)
      : distance_(distance),
        case_sensitive_(case_sensitive),
        windows_(FuzzyWindows::of({query.data(), query.size()}, distance)),
        words_((query.size() + kWordBits - 1) / kWordBits),
        last_bit_(std::uint64_t{1} << ((query.size() - 1) % kWordBits)),
        masks_((kAscii + 1) * words_) {
    for (std::size_t i = 0; i < query.size(); ++i) {
      const char32_t c = query[i];
      std::size_t row = c;
      if (c >= kAscii) {
        const auto [at, added] = others_.try_emplace(c, kAscii + 1 + others_.size());
        row = at->second;
        if (added) {
          masks_.resize(masks_.size() + words_);
        }
      }
      masks_[row * words_ + i / kWordBits] |= std::uint64_t{1} << (i % kWordBits);
    }
    if (words_ == 1) {
      for (char32_t c = 0; c < kAscii; ++c) {
        ascii_masks_[c] = masks_[case_sensitive ? c : lowercase(c)];
      }
    }
  }

  bool matches(std::string_view value) const override {
    thread_local std::vector<Window> windows;  // as long as the most of any value
    if (windows_ && windows_->find(value, windows)) {
      return std::ranges::any_of(windows, [&](const Window& window) {
        return matches_short<true>(value.substr(window.begin, window.end - window.begin));
      });
    }
    return words_ == 1 ? matches_short<false>(value) : matches_long(value);
  }

 private:
  static constexpr std::size_t kAscii =
      128;  // its row of masks is that of characters not in the query

  // The query positions that the character at `pos` stands at; moves `pos` on.
  const std::uint64_t* mask_at(std::string_view value, std::size_t& pos) const {
    const Decoded next = decode_at(value, pos);
    pos += next.bytes;
    const char32_t c = case_sensitive_ ? next.code_point : lowercase(next.code_point);
    std::size_t row = c;
    if (c >= kAscii) {
      const auto at = others_.find(c);
      row = at == others_.end() ? kAscii : at->second;
    }
    return masks_.data() + row * words_;
  }

  // Queries of one word. `kIsAscii`: what the caller knows of the value.
  template <bool kIsAscii>
  bool matches_short(std::string_view value) const {
    std::array<std::uint64_t, kDistanceMax + 1> rows{};
    for (std::uint32_t d = 0; d <= distance_; ++d) {
      rows[d] = (std::uint64_t{1} << d) - 1;
    }
    for (std::size_t pos = 0; pos < value.size();) {
      const std::uint64_t mask =
          kIsAscii ? ascii_masks_[static_cast<unsigned char>(value[pos++])] : *mask_at(value, pos);
      std::uint64_t before = rows[0];
      rows[0] = ((rows[0] << 1U) | 1U) & mask;
      for (std::uint32_t d = 1; d <= distance_; ++d) {
        const std::uint64_t old = rows[d];
        rows[d] = (((old << 1U) | 1U) & mask) | before | ((before | rows[d - 1]) << 1U) | 1U;
        before = old;
      }
      if ((rows[distance_] & last_bit_) != 0) {
        return true;
      }
    }
    return false;
  }

  // The same over several words, with the bit shifted out of one entering the next.
  bool matches_long(std::string_view value) const {
    std::array<std::vector<std::uint64_t>, kDistanceMax + 1> rows;
    for (std::uint32_t d = 0; d <= distance_; ++d) {
      rows[d].assign(words_, 0);
      rows[d][0] = (std::uint64_t{1} << d) - 1;
    }
    for (std::size_t pos = 0; pos < value.size();) {
      const std::uint64_t* mask = mask_at(value, pos);
      std::array<std::uint64_t, kDistanceMax + 1> carry_old{1, 1, 1};
      std::array<std::uint64_t, kDistanceMax + 1> carry_new{1, 1, 1};
      for (std::size_t w = 0; w < words_; ++w) {
        std::uint64_t before = rows[0][w];
        std::uint64_t before_shifted = (before << 1U) | carry_old[0];
        carry_old[0] = before >> (kWordBits - 1);
        rows[0][w] = before_shifted & mask[w];
        for (std::uint32_t d = 1; d <= distance_; ++d) {
          const std::uint64_t old = rows[d][w];
          const std::uint64_t old_shifted = (old << 1U) | carry_old[d];
          carry_old[d] = old >> (kWordBits - 1);
          const std::uint64_t above = rows[d - 1][w];
          const std::uint64_t above_shifted = (above << 1U) | carry_new[d - 1];
          carry_new[d - 1] = above >> (kWordBits - 1);
          rows[d][w] = (old_shifted & mask[w]) | before | before_shifted | above_shifted;
          before = old;
          before_shifted = old_shifted;
        }
      }
      if ((rows[distance_].back() & last_bit_) != 0) {
        return true;
      }
    }
    return false;
  }

  std::uint32_t distance_;
  bool case_sensitive_;
  std::optional<FuzzyWindows> windows_;
  std::size_t words_;
  std::uint64_t last_bit_;
  std::array<std::uint64_t, kAscii> ascii_masks_{};  // of queries of one word
  std::vector<std::uint64_t> masks_;  // rows of words_: ASCII, "not in the query", others_
  std::unordered_map<char32_t, std::size_t> others_;
};

}  // namespace

Result<std::unique_ptr<Pattern>> compile_fuzzy(std::string_view query,
                                               std::span<const wire::EditDistance> distances,
                                               bool case_sensitive) {
  std::vector<char32_t> characters;
  for (std::size_t pos = 0; pos < query.size();) {
    const Decoded next = decode_at(query, pos);
    characters.push_back(case_sensitive ? next.code_point : lowercase(next.code_point));
    pos += next.bytes;
    if (characters.size() > core::limits::full_text_query_chars_max) {
      return fail(ErrorCode::kInvalidArgument,
                  "the query of Fuzzy is too long, at most 8192 characters are allowed");
    }
  }
  const wire::EditDistance* reached = nullptr;
  for (const wire::EditDistance& each : distances) {
    if (each.distance > kDistanceMax) {
      return fail(ErrorCode::kInvalidArgument, "the edit distance of Fuzzy must be 0, 1 or 2");
    }
    if (characters.size() >= each.min_query_chars &&
        (reached == nullptr || each.min_query_chars >= reached->min_query_chars)) {
      reached = &each;
    }
  }
  // A query no longer than its distance would match anything, even nothing.
  if (reached == nullptr || characters.size() <= reached->distance) {
    return std::make_unique<NeverPattern>();
  }
  return std::make_unique<FuzzyPattern>(characters, reached->distance, case_sensitive);
}

}  // namespace layer::engine::text
