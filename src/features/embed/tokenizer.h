// Text to the rows of a token-embedding table. Two kinds: WordPiece as BERT has it (greedy, longest
// piece first, continuations marked), and plain word lists (a word is in it or is not known).
// Special tokens ([CLS], ...) are never added and not looked for in texts.
// Thread safety: immutable. Cost: linear in the text for words of ordinary length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.h"
#include "features/embed/token_text.h"

namespace layer::features::embed {

inline constexpr std::size_t kVocabularyMax = 4'000'000;
inline constexpr std::size_t kTokenizerBytesMax = std::size_t{256} << 20;

class Tokenizer {
 public:
  // tokenizer.json of the tokenizers library: model WordPiece, normalizer BertNormalizer,
  // pre-tokenizer BertPreTokenizer. Errors: kInvalidArgument; of another kind the message names
  // what is not supported.
  static Result<Tokenizer> from_json(std::string text);
  // One word a line, row 0 first; a line end at the end of the file is no word.
  static Result<Tokenizer> from_words(std::string_view text);

  struct Tokens {
    std::vector<std::uint32_t> known;  // rows of the table
    std::size_t count = 0;             // the unknown ones too
  };
  // Stops after `tokens_max` tokens.
  Tokens tokenize(std::string_view text, std::size_t tokens_max) const;

  // Every row is below it.
  std::size_t rows() const { return rows_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Vocabulary = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

  Tokenizer() = default;
  Result<void> add(std::string_view token, std::uint64_t row);
  void pieces(std::string_view word, Tokens& out) const;

  TextRules rules_;
  bool continues_ = false;  // words may be cut into pieces
  std::string continuation_;
  std::string unknown_;
  std::size_t word_chars_max_ = 100;
  Vocabulary words_;  // what a word may begin with
  Vocabulary rests_;  // what may follow, without its mark
  std::size_t piece_bytes_max_ = 0;
  std::size_t rows_ = 0;
};

}  // namespace layer::features::embed
