#include "features/embed/tokenizer.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/document.h"

namespace layer::features::embed {
namespace {

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// "type" of the member `part`; empty where there is none.
std::string_view type_of(const json::Object& root, const char* part) {
  std::string_view type;
  json::Object object;
  if (root[part].get(object) != simdjson::SUCCESS ||
      object["type"].get(type) != simdjson::SUCCESS) {
    return {};
  }
  return type;
}

Result<void> expect_type(const json::Object& root, const char* part, std::string_view wanted) {
  const std::string_view type = type_of(root, part);
  if (type != wanted) {
    return refuse(fmt::format("{} \"{}\" is not supported, only {}", part,
                              type.empty() ? std::string_view("none") : type, wanted));
  }
  return {};
}

bool flag(const json::Object& object, const char* name, bool otherwise) {
  bool value = otherwise;
  return object[name].get(value) == simdjson::SUCCESS ? value : otherwise;
}

}  // namespace

Result<void> Tokenizer::add(std::string_view token, std::uint64_t row) {
  if (row >= kVocabularyMax) {
    return refuse(fmt::format("a vocabulary has at most {} rows", kVocabularyMax));
  }
  rows_ = std::max(rows_, static_cast<std::size_t>(row) + 1);
  if (token.empty() || token == unknown_) {
    return {};
  }
  const bool rest =
      continues_ && token.size() > continuation_.size() && token.starts_with(continuation_);
  const std::string_view text = rest ? token.substr(continuation_.size()) : token;
  piece_bytes_max_ = std::max(piece_bytes_max_, text.size());
  (rest ? rests_ : words_).emplace(text, static_cast<std::uint32_t>(row));
  return {};
}

Result<Tokenizer> Tokenizer::from_json(std::string text) {
  LAYER_ASSIGN(const json::Document document, json::Document::parse(std::move(text)));
  json::Object root;
  json::Object model;
  json::Object vocabulary;
  if (document.root().get(root) != simdjson::SUCCESS) {
    return refuse("a tokenizer file must hold an object");
  }
  LAYER_TRY(expect_type(root, "model", "WordPiece"));
  LAYER_TRY(expect_type(root, "normalizer", "BertNormalizer"));
  LAYER_TRY(expect_type(root, "pre_tokenizer", "BertPreTokenizer"));
  if (root["model"].get(model) != simdjson::SUCCESS ||
      model["vocab"].get(vocabulary) != simdjson::SUCCESS) {
    return refuse("the tokenizer has no vocabulary");
  }
  Tokenizer out;
  out.continues_ = true;
  json::Object normalizer;
  if (root["normalizer"].get(normalizer) == simdjson::SUCCESS) {
    out.rules_.clean = flag(normalizer, "clean_text", true);
    out.rules_.split_chinese = flag(normalizer, "handle_chinese_chars", true);
    out.rules_.lowercase = flag(normalizer, "lowercase", true);
    out.rules_.strip_accents = flag(normalizer, "strip_accents", out.rules_.lowercase);
  }
  std::string_view read;
  out.continuation_ =
      model["continuing_subword_prefix"].get(read) == simdjson::SUCCESS ? read : "##";
  out.unknown_ = model["unk_token"].get(read) == simdjson::SUCCESS ? read : "[UNK]";
  std::uint64_t chars = 0;
  if (model["max_input_chars_per_word"].get(chars) == simdjson::SUCCESS) {
    out.word_chars_max_ = static_cast<std::size_t>(std::clamp<std::uint64_t>(chars, 1, 1000));
  }
  for (const auto& [token, id] : vocabulary) {
    std::uint64_t row = 0;
    if (id.get(row) != simdjson::SUCCESS) {
      return refuse(fmt::format("the row of token \"{}\" is not an integer", token));
    }
    LAYER_TRY(out.add(token, row));
  }
  return out;
}

Result<Tokenizer> Tokenizer::from_words(std::string_view text) {
  Tokenizer out;
  out.rules_.strip_accents = false;
  std::uint64_t row = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view word = text.substr(0, end);
    if (word.ends_with('\r')) {
      word.remove_suffix(1);
    }
    LAYER_TRY(out.add(word, row++));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (out.words_.empty()) {
    return refuse("the word list is empty");
  }
  return out;
}

Tokenizer::Tokens Tokenizer::tokenize(std::string_view text, std::size_t tokens_max) const {
  Tokens out;
  each_word(text, rules_, [&](std::string_view word) {
    if (continues_) {
      pieces(word, out);
    } else {
      ++out.count;
      if (const auto found = words_.find(word); found != words_.end()) {
        out.known.push_back(found->second);
      }
    }
    return out.count < tokens_max;
  });
  if (out.count > tokens_max) {  // the last word had more pieces
    const std::size_t over = out.count - tokens_max;
    out.known.resize(out.known.size() - std::min(over, out.known.size()));
    out.count = tokens_max;
  }
  return out;
}

// A word that does not fall apart into known pieces is one unknown token.
void Tokenizer::pieces(std::string_view word, Tokens& out) const {
  const std::size_t before = out.known.size();
  const auto unknown = [&] {
    out.known.resize(before);
    ++out.count;
  };
  if (static_cast<std::size_t>(std::ranges::count_if(word, begins_character)) > word_chars_max_) {
    return unknown();
  }
  std::size_t at = 0;
  while (at < word.size()) {
    const Vocabulary& vocabulary = at == 0 ? words_ : rests_;
    std::size_t length = std::min(word.size() - at, piece_bytes_max_);
    auto found = vocabulary.end();
    for (; length > 0; --length) {
      if (at + length < word.size() && !begins_character(word[at + length])) {
        continue;
      }
      found = vocabulary.find(word.substr(at, length));
      if (found != vocabulary.end()) {
        break;
      }
    }
    if (length == 0) {
      return unknown();
    }
    out.known.push_back(found->second);
    at += length;
  }
  out.count += out.known.size() - before;
}

}  // namespace layer::features::embed
