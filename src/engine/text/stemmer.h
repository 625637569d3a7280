// Snowball stemming with a memory of recent words: running text repeats few distinct words.
// Thread safety: a Stemmer belongs to one thread at a time; StemmerPool lends them to many.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/schema.h"

struct sb_stemmer;

namespace layer::engine::text {

class Stemmer {
 public:
  explicit Stemmer(wire::Language language);
  ~Stemmer();
  Stemmer(const Stemmer&) = delete;
  Stemmer& operator=(const Stemmer&) = delete;

  // The stem of a lower-cased word: `word` itself when it is its own stem or when memory ran out,
  // else a text that is valid until the next call.
  std::string_view stem(std::string_view word);

 private:
  struct Entry;
  struct Free {
    void operator()(sb_stemmer* stemmer) const;
  };
  std::unique_ptr<sb_stemmer, Free> snowball_;
  std::unique_ptr<Entry[]> cache_;
};

class StemmerPool {
 public:
  explicit StemmerPool(wire::Language language) : language_(language) {}

  // Gives its stemmer back to the pool when it goes.
  class Lease {
   public:
    Lease(StemmerPool& pool, std::unique_ptr<Stemmer> stemmer)
        : pool_(pool), stemmer_(std::move(stemmer)) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Stemmer* get() const { return stemmer_.get(); }

   private:
    StemmerPool& pool_;
    std::unique_ptr<Stemmer> stemmer_;
  };
  Lease lease();

 private:
  // Idle stemmers kept; more than this many at once are made and thrown away.
  static constexpr std::size_t kIdleMax = 16;

  const wire::Language language_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Stemmer>> idle_;
};

}  // namespace layer::engine::text
