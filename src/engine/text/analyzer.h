// Text to tokens, as the store's analyzers do it: segmentation, length limit, lower-casing, stop
// words, stemming, ASCII folding, in this order. One Analyzer serves one full-text configuration.
// Thread safety: analyze() is const and may run on many threads. Source: wire spec, text analysis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace layer::engine::text {

struct Token {
  std::string_view text;  // into the TokenStream's own memory, or into the input when unchanged
  std::uint32_t position = 0;  // counts every word-like segment, dropped ones included
  std::uint32_t begin = 0;     // byte range in the input value
  std::uint32_t end = 0;
};

// Tokens of one value (or of one element of an array), reusable to avoid allocations. Movable, not
// copyable: tokens point into it.
class TokenStream {
 public:
  TokenStream() = default;
  TokenStream(TokenStream&&) noexcept = default;
  TokenStream& operator=(TokenStream&&) noexcept = default;
  TokenStream(const TokenStream&) = delete;
  TokenStream& operator=(const TokenStream&) = delete;

  const std::vector<Token>& tokens() const { return tokens_; }
  // First position after this value: the next element of an array continues here.
  std::uint32_t next_position() const { return next_position_; }

 private:
  friend class Analyzer;
  friend class TokenWriter;
  std::vector<Token> tokens_;
  // Changed texts, one after the other. A block never moves: when it is full the next one starts.
  struct Block {
    std::unique_ptr<char[]> data;
    std::size_t bytes = 0;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;       // block written to
  std::size_t block_used_ = 0;  // bytes
  std::uint32_t next_position_ = 0;
};

class Analyzer {
 public:
  explicit Analyzer(const wire::FullTextConfig& config);
  ~Analyzer();
  Analyzer(Analyzer&&) noexcept;
  Analyzer& operator=(Analyzer&&) noexcept;

  // Replaces the stream's content. `text` must outlive the use of the tokens. Invalid UTF-8 never
  // occurs (bodies are checked). Pre-tokenized configurations yield the value as its only token.
  void analyze(std::string_view text, TokenStream& out, std::uint32_t first_position = 0) const;

  const wire::FullTextConfig& config() const { return config_; }

 private:
  struct Impl;
  wire::FullTextConfig config_;
  std::unique_ptr<Impl> impl_;
};

// Analyzers by configuration, built once: a stemmer and its tables are too dear for each query.
// Thread safety: all members from many threads.
std::shared_ptr<const Analyzer> shared_analyzer(const wire::FullTextConfig& config);

}  // namespace layer::engine::text
