#include "engine/text/stemmer.h"

#include <libstemmer.h>

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

namespace layer::engine::text {
namespace {

constexpr std::size_t kCacheEntries = 16384;  // a power of two; 0.8 MB
constexpr std::size_t kCachedBytes = 23;      // of a word and of its stem

sb_stemmer* open_snowball(wire::Language language) {
  if (language == wire::Language::kDutch) {
    // Newer libstemmer gives the plain name to another algorithm than the store uses.
    if (sb_stemmer* porter = sb_stemmer_new("dutch_porter", "UTF_8"); porter != nullptr) {
      return porter;
    }
  }
  return sb_stemmer_new(std::string(wire::name(language)).c_str(), "UTF_8");
}

}  // namespace

// Direct mapped: a word that falls on another's place replaces it.
struct Stemmer::Entry {
  std::uint8_t word_bytes = 0;
  std::uint8_t stem_bytes = 0;
  std::array<char, kCachedBytes> word;
  std::array<char, kCachedBytes> stem;
};

void Stemmer::Free::operator()(sb_stemmer* stemmer) const {
  sb_stemmer_delete(stemmer);
}

Stemmer::Stemmer(wire::Language language)
    : snowball_(open_snowball(language)), cache_(std::make_unique<Entry[]>(kCacheEntries)) {}

Stemmer::~Stemmer() = default;

std::string_view Stemmer::stem(std::string_view word) {
  if (snowball_ == nullptr) {
    return word;
  }
  Entry* entry = nullptr;
  if (word.size() <= kCachedBytes) {
    entry = &cache_[std::hash<std::string_view>{}(word) % kCacheEntries];
    if (entry->word_bytes == word.size() &&
        std::memcmp(entry->word.data(), word.data(), word.size()) == 0) {
      return {entry->stem.data(), entry->stem_bytes};
    }
  }
  const sb_symbol* stemmed =
      sb_stemmer_stem(snowball_.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                      static_cast<int>(word.size()));
  if (stemmed == nullptr) {
    return word;
  }
  const std::string_view stem(reinterpret_cast<const char*>(stemmed),
                              static_cast<std::size_t>(sb_stemmer_length(snowball_.get())));
  if (entry != nullptr && stem.size() <= kCachedBytes) {
    entry->word_bytes = static_cast<std::uint8_t>(word.size());
    entry->stem_bytes = static_cast<std::uint8_t>(stem.size());
    std::memcpy(entry->word.data(), word.data(), word.size());
    std::memcpy(entry->stem.data(), stem.data(), stem.size());
  }
  return stem;
}

StemmerPool::Lease StemmerPool::lease() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto stemmer = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(stemmer)};
    }
  }
  return {*this, std::make_unique<Stemmer>(language_)};
}

StemmerPool::Lease::~Lease() {
  const std::lock_guard lock(pool_.mutex_);
  if (pool_.idle_.size() < kIdleMax) {
    pool_.idle_.push_back(std::move(stemmer_));
  }
}

}  // namespace layer::engine::text
