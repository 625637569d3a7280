#include "engine/text/analyzer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

#include "engine/text/ascii_folding.h"
#include "engine/text/legacy_words.h"
#include "engine/text/lowercase.h"
#include "engine/text/stemmer.h"
#include "engine/text/stopwords.h"
#include "engine/text/utf8.h"
#include "engine/text/word_break.h"

namespace layer::engine::text {
namespace {

// Bit 5 is what A-Z and a-z differ in.
constexpr char kAsciiCaseBit = 0x20;

void lowercase_ascii(std::string_view text, char* out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    out[i] = static_cast<char>(c >= 'A' && c <= 'Z' ? c | kAsciiCaseBit : c);
  }
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (static_cast<unsigned>(c) & 0x80U) != 0; });
}

// True when `text` has at most `max` code points.
bool within_length(std::string_view text, std::size_t max) {
  return text.size() <= max || count_code_points(text) <= max;
}

}  // namespace

// Keeps the texts that differ from the input, at addresses that stay.
class TokenWriter {
 public:
  explicit TokenWriter(TokenStream& out) : out_(out) {
    out_.tokens_.clear();
    out_.block_ = 0;
    out_.block_used_ = 0;
  }

  // Room for `bytes` that the next keep() makes permanent.
  char* reserve(std::size_t bytes) {
    while (out_.block_ < out_.blocks_.size() &&
           out_.blocks_[out_.block_].bytes - out_.block_used_ < bytes) {
      ++out_.block_;
      out_.block_used_ = 0;
    }
    if (out_.block_ == out_.blocks_.size()) {
      const std::size_t size =
          std::max(kBlockBytesMin << std::min<std::size_t>(out_.block_, 8), bytes);
      out_.blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    }
    return out_.blocks_[out_.block_].data.get() + out_.block_used_;
  }
  void keep(std::size_t bytes) { out_.block_used_ += bytes; }

  std::string_view store(std::string_view text) {
    char* to = reserve(text.size());
    std::memcpy(to, text.data(), text.size());
    keep(text.size());
    return {to, text.size()};
  }

  void add(std::string_view text, std::uint32_t position, const Segment& segment) {
    out_.tokens_.push_back({.text = text,
                            .position = position,
                            .begin = static_cast<std::uint32_t>(segment.begin),
                            .end = static_cast<std::uint32_t>(segment.end)});
  }

 private:
  static constexpr std::size_t kBlockBytesMin = 4096;
  TokenStream& out_;
};

struct Analyzer::Impl {
  const StopWords* stop_words = nullptr;
  std::unique_ptr<StemmerPool> stemmers;
};

namespace {

// Stemming, folding and non-ASCII lower-casing: the parts that plain English does without.
class Filters {
 public:
  Filters(const wire::FullTextConfig& config, const StopWords* stop_words, Stemmer* stemmer,
          TokenWriter& writer)
      : config_(config), stop_words_(stop_words), stemmer_(stemmer), writer_(writer) {}

  // Adds the token of a word, unless a filter drops it.
  void accept(std::string_view text, const Segment& segment, std::uint32_t position) {
    const std::string_view raw = text.substr(segment.begin, segment.end - segment.begin);
    if (!within_length(raw, config_.max_token_length)) {
      return;
    }
    if (segment.ascii && stemmer_ == nullptr) {
      accept_ascii(raw, segment, position);
      return;
    }
    std::string_view word = raw;
    if (!config_.case_sensitive && (segment.ascii_upper || !segment.ascii)) {
      word_.clear();
      append_lowercase(raw, word_);
      word = word_;
    }
    if (stop_words_ != nullptr && stop_words_->contains(word)) {
      return;
    }
    if (stemmer_ != nullptr) {
      word = stemmer_->stem(word);
    }
    if (config_.ascii_folding && !is_ascii(word)) {
      word = fold(word);
    }
    if (raw.starts_with(word)) {
      word = raw.substr(0, word.size());  // most stems only cut: no copy
    } else {
      word = writer_.store(word);
    }
    writer_.add(word, position, segment);
  }

 private:
  void accept_ascii(std::string_view raw, const Segment& segment, std::uint32_t position) {
    std::string_view word = raw;
    const bool lower = segment.ascii_upper && !config_.case_sensitive;
    if (lower) {
      char* to = writer_.reserve(raw.size());
      lowercase_ascii(raw, to);
      word = {to, raw.size()};
    }
    if (stop_words_ != nullptr && stop_words_->contains(word)) {
      return;
    }
    if (lower) {
      writer_.keep(word.size());
    }
    writer_.add(word, position, segment);
  }

  std::string_view fold(std::string_view word) {
    folded_.clear();
    append_ascii_folded(word, folded_);
    if (!config_.case_sensitive) {  // "Ⓐ" has no lower case before, "A" has one after folding
      word_.clear();
      append_lowercase(folded_, word_);
      return word_;
    }
    return folded_;
  }

  const wire::FullTextConfig& config_;
  const StopWords* stop_words_;
  Stemmer* stemmer_;
  TokenWriter& writer_;
  std::string word_;
  std::string folded_;
};

}  // namespace

Analyzer::Analyzer(const wire::FullTextConfig& config)
    : config_(config), impl_(std::make_unique<Impl>()) {
  if (config.remove_stopwords) {
    impl_->stop_words = StopWords::of(config.language);
  }
  if (config.stemming) {
    impl_->stemmers = std::make_unique<StemmerPool>(config.language);
  }
}

Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

void Analyzer::analyze(std::string_view text, TokenStream& out,
                       std::uint32_t first_position) const {
  TokenWriter writer(out);
  std::uint32_t position = first_position;
  if (config_.tokenizer == wire::Tokenizer::kPreTokenizedArray) {
    writer.add(text, position++, {.begin = 0, .end = text.size()});
    out.next_position_ = position;
    return;
  }
  const auto run = [&](Stemmer* stemmer) {
    Filters filters(config_, impl_->stop_words, stemmer, writer);
    const auto sink = [&](const Segment& segment) { filters.accept(text, segment, position++); };
    switch (config_.tokenizer) {
      case wire::Tokenizer::kWordV0:
        return for_each_legacy_word(text, {.emoji = false, .split_ideographs = false}, sink);
      case wire::Tokenizer::kWordV1:
        return for_each_legacy_word(text, {.emoji = true, .split_ideographs = false}, sink);
      case wire::Tokenizer::kWordV2:
        return for_each_legacy_word(text, {.emoji = true, .split_ideographs = true}, sink);
      default:
        return for_each_word(text, sink);
    }
  };
  if (impl_->stemmers == nullptr) {
    run(nullptr);
  } else {
    run(impl_->stemmers->lease().get());
  }
  out.next_position_ = position;
}

std::shared_ptr<const Analyzer> shared_analyzer(const wire::FullTextConfig& config) {
  // Few configurations are in use at once; past the limit the oldest makes room.
  constexpr std::size_t kCachedMax = 64;
  static std::mutex mutex;
  static std::vector<std::shared_ptr<const Analyzer>> cached;
  const std::lock_guard lock(mutex);
  const auto found =
      std::ranges::find_if(cached, [&](const auto& each) { return each->config() == config; });
  if (found != cached.end()) {
    return *found;
  }
  if (cached.size() == kCachedMax) {
    cached.erase(cached.begin());
  }
  return cached.emplace_back(std::make_shared<const Analyzer>(config));
}

}  // namespace layer::engine::text
