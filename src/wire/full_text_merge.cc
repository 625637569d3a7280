#include "wire/full_text_merge.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace layer::wire {
namespace {

constexpr std::uint32_t kTokenLengthMax = 255;

constexpr std::array kWithoutStopwords{Language::kArabic, Language::kGreek, Language::kRomanian,
                                       Language::kTamil, Language::kTurkish};

std::unexpected<Error> refuse(const Attribute& attribute, std::string_view reason) {
  return fail(
      ErrorCode::kInvalidArgument,
      fmt::format("💔 invalid full_text_search for attribute '{}': {}", attribute.name, reason));
}

template <class T>
void overwrite(T& target, const std::optional<T>& value) {
  target = value.value_or(target);
}

// Pre-tokenized elements are taken as they are: what shapes tokens cannot be asked for.
Result<void> check_pre_tokenized(const Attribute& attribute, const FullTextInput& input) {
  if (!attribute.type.array) {
    return refuse(attribute, "the tokenizer pre_tokenized_array needs the type []string");
  }
  if (input.language || input.stemming.value_or(false) || input.remove_stopwords.value_or(false) ||
      !input.case_sensitive.value_or(true)) {
    return refuse(attribute,
                  "the tokenizer pre_tokenized_array takes tokens as they are, so language, "
                  "stemming, remove_stopwords and case_sensitive: false cannot be set");
  }
  return {};
}

Result<void> check_words(const Attribute& attribute, const FullTextConfig& config) {
  if (config.case_sensitive && (config.stemming || config.remove_stopwords)) {
    return refuse(attribute, "stemming and remove_stopwords need case_sensitive to be false");
  }
  if (config.remove_stopwords && std::ranges::count(kWithoutStopwords, config.language) > 0) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("💔 stopword removal is not supported for language: {}",
                            name(config.language)));
  }
  if (config.max_token_length < 1 || config.max_token_length > kTokenLengthMax) {
    return refuse(attribute, fmt::format("max_token_length must be between 1 and {}, got {}",
                                         kTokenLengthMax, config.max_token_length));
  }
  return {};
}

// Written so that a NaN fails as well.
Result<void> check_ranking(const Attribute& attribute, const FullTextConfig& config) {
  if (!(config.k1 > 0 && config.k1 <= std::numeric_limits<float>::max())) {
    return refuse(attribute, "k1 must be greater than 0");
  }
  if (!(config.b >= 0 && config.b <= 1)) {
    return refuse(attribute, "b must be between 0 and 1");
  }
  if (!(config.k3 > 0 && config.k3 <= std::numeric_limits<float>::max())) {
    return refuse(attribute, "k3 must be greater than 0");
  }
  return {};
}

// What a new tokenizer leaves of the stored configuration: between words and ready-made tokens only
// the ranking constants carry over.
FullTextConfig base_for(Tokenizer tokenizer, const FullTextConfig& stored) {
  const bool pre_tokenized = tokenizer == Tokenizer::kPreTokenizedArray;
  if (pre_tokenized == (stored.tokenizer == Tokenizer::kPreTokenizedArray)) {
    FullTextConfig base = stored;
    base.tokenizer = tokenizer;
    base.case_sensitive = stored.case_sensitive || pre_tokenized;
    return base;
  }
  return FullTextConfig{.tokenizer = tokenizer,
                        .case_sensitive = pre_tokenized,
                        .k1 = stored.k1,
                        .b = stored.b,
                        .k3 = stored.k3};
}

}  // namespace

Result<std::optional<FullTextConfig>> merge_full_text(
    const Attribute& attribute, const std::variant<bool, FullTextInput>& input) {
  if (const bool* enabled = std::get_if<bool>(&input)) {
    return *enabled ? std::optional(attribute.full_text.value_or(FullTextConfig{})) : std::nullopt;
  }
  const auto& keys = std::get<FullTextInput>(input);
  const FullTextConfig stored = attribute.full_text.value_or(FullTextConfig{});
  FullTextConfig config = base_for(keys.tokenizer.value_or(stored.tokenizer), stored);
  overwrite(config.k1, keys.k1);
  overwrite(config.b, keys.b);
  overwrite(config.k3, keys.k3);
  LAYER_TRY(check_ranking(attribute, config));
  if (config.tokenizer == Tokenizer::kPreTokenizedArray) {
    LAYER_TRY(check_pre_tokenized(attribute, keys));
    return std::optional(config);
  }
  overwrite(config.language, keys.language);
  overwrite(config.case_sensitive, keys.case_sensitive);
  overwrite(config.stemming, keys.stemming);
  overwrite(config.remove_stopwords, keys.remove_stopwords);
  overwrite(config.ascii_folding, keys.ascii_folding);
  overwrite(config.max_token_length, keys.max_token_length);
  LAYER_TRY(check_words(attribute, config));
  return std::optional(config);
}

}  // namespace layer::wire
