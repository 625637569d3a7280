#include "features/hybrid/surface.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/text/utf8.h"
#include "features/hybrid/words.h"
#include "features/namespaces/slices.h"

namespace layer::features::hybrid {
namespace {

constexpr std::size_t kNoWord = std::numeric_limits<std::size_t>::max();

std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto next = engine::text::decode_at(text, at);
    out.push_back(next.code_point);
    at += next.bytes;
  }
  return out;
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

std::vector<std::string> words_of_value(std::string_view json) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view value) {
    for (std::string& word : first_words(namespaces::string_of(value), kComparedWordsMax)) {
      if (words.size() < kComparedWordsMax && std::ranges::find(words, word) == words.end()) {
        words.push_back(std::move(word));
      }
    }
  };
  if (json.starts_with('[')) {
    for (const namespaces::Slice& item : namespaces::items_of(json)) {
      add(item.of(json));
    }
  } else if (json.starts_with('"')) {
    add(json);
  }
  return words;
}

std::size_t least_distance(const std::string& row, std::string_view word, std::string_view field) {
  std::size_t least = kNoWord;
  for (const std::string& other : words_of_value(namespaces::raw_member(row, field))) {
    least = std::min(least, edit_distance(word, other));
  }
  return least;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  const auto a = code_points(left);
  const auto b = code_points(right);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

void order_by_likeness(legs::LegRows& list, std::string_view word, std::string_view field) {
  struct Key {
    std::size_t distance;
    std::uint64_t hash;
    std::size_t at;
  };
  std::vector<Key> keys;
  for (std::size_t i = 0; i < list.rows.size(); ++i) {
    keys.push_back({.distance = least_distance(list.rows[i].text, word, field),
                    .hash = fnv1a(wire::to_string(list.rows[i].id)),
                    .at = i});
  }
  std::ranges::sort(keys, [&](const Key& left, const Key& right) {
    return std::tie(left.distance, left.hash, list.rows[left.at].id) <
           std::tie(right.distance, right.hash, list.rows[right.at].id);
  });
  std::vector<legs::LegRow> ordered;
  for (const Key& key : keys) {
    ordered.push_back(std::move(list.rows[key.at]));
  }
  list.rows = std::move(ordered);
}

}  // namespace layer::features::hybrid
