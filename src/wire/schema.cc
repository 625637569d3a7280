#include "wire/schema.h"

#include <charconv>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "wire/names.h"

namespace layer::wire {
namespace {

// In the order of the enumerations.
constexpr std::string_view kKinds[] = {"string",   "int",  "uint",  "float",  "uuid",
                                       "datetime", "bool", "bytes", "unknown"};
constexpr std::string_view kElements[] = {"f32", "f16", "i8"};
constexpr std::string_view kTokenizers[] = {"word_v0", "word_v1", "word_v2",
                                            "word_v3", "word_v4", "pre_tokenized_array"};
constexpr std::string_view kLanguages[] = {
    "arabic",   "danish",  "dutch",     "english", "finnish",   "french",
    "german",   "greek",   "hungarian", "italian", "norwegian", "portuguese",
    "romanian", "russian", "spanish",   "swedish", "tamil",     "turkish"};
constexpr std::string_view kMetrics[] = {"cosine_distance", "euclidean_squared"};

constexpr std::string_view kArrayPrefix = "[]";
constexpr std::string_view kSparse = "{}f16";

template <class Enum, std::size_t N>
std::string_view name_in(const std::string_view (&table)[N], Enum value) {
  return table[static_cast<std::size_t>(value)];
}

std::unexpected<Error> unknown_type(std::string_view text) {
  return fail(
      ErrorCode::kInvalidArgument,
      fmt::format("💔 invalid attribute type '{}', expected one of string, int, uint, float, "
                  "uuid, datetime, bool, bytes, an array such as []string, a dense vector "
                  "such as [1024]f32, [1024]f16 or [1024]i8, a sparse vector {{}}f16 or a "
                  "multi-vector such as [][128]f32",
                  text.substr(0, 64)));
}

// "[N]f32" with N in 1..vector_dims_max.
Result<AttributeType> parse_dense(std::string_view text) {
  std::uint32_t dims = 0;
  const char* begin = text.data() + 1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, dims);
  const bool too_many = error == std::errc::result_out_of_range;
  if ((error != std::errc() && !too_many) || stop == end || *stop != ']') {
    return unknown_type(text);
  }
  const std::string_view element_name(stop + 1, static_cast<std::size_t>(end - stop - 1));
  const auto element = find_name<ElementType>(kElements, element_name);
  if (!element) {
    return unknown_type(text);
  }
  if (too_many || dims == 0 || dims > core::limits::vector_dims_max) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("💔 vector dimensions must be between 1 and {}, got type '{}'",
                            core::limits::vector_dims_max, text.substr(0, 64)));
  }
  return AttributeType{.kind = Kind::kDense, .element = *element, .dims = dims};
}

}  // namespace

Result<AttributeType> parse_type(std::string_view text) {
  if (text == kSparse) {
    return AttributeType{.kind = Kind::kSparse, .element = ElementType::kF16};
  }
  if (text.starts_with("[][")) {
    auto inner = parse_dense(text.substr(kArrayPrefix.size()));
    if (!inner) {
      return inner;
    }
    if (inner->element != ElementType::kF32) {
      return unknown_type(text);
    }
    inner->kind = Kind::kMultiVector;
    return inner;
  }
  const bool array = text.starts_with(kArrayPrefix);
  if (!array && text.starts_with('[')) {
    return parse_dense(text);
  }
  const auto kind = find_name<Kind>(kKinds, array ? text.substr(kArrayPrefix.size()) : text);
  if (!kind || (array && *kind == Kind::kBytes) || (!array && *kind == Kind::kUnknown)) {
    return unknown_type(text);
  }
  return AttributeType{.kind = *kind, .array = array};
}

std::string to_string(const AttributeType& type) {
  switch (type.kind) {
    case Kind::kSparse:
      return std::string(kSparse);
    case Kind::kDense:
      return fmt::format("[{}]{}", type.dims, name_in(kElements, type.element));
    case Kind::kMultiVector:
      return fmt::format("[][{}]{}", type.dims, name_in(kElements, type.element));
    default:
      return fmt::format("{}{}", type.array ? kArrayPrefix : "", name_in(kKinds, type.kind));
  }
}

std::string_view name(Tokenizer tokenizer) {
  return name_in(kTokenizers, tokenizer);
}
std::string_view name(Language language) {
  return name_in(kLanguages, language);
}
std::string_view name(DistanceMetric metric) {
  return name_in(kMetrics, metric);
}
std::optional<Tokenizer> tokenizer_named(std::string_view name) {
  return find_name<Tokenizer>(kTokenizers, name);
}
std::optional<Language> language_named(std::string_view name) {
  return find_name<Language>(kLanguages, name);
}
std::optional<DistanceMetric> metric_named(std::string_view name) {
  return find_name<DistanceMetric>(kMetrics, name);
}

bool FullTextConfig::same_analysis(const FullTextConfig& other) const {
  if (tokenizer != other.tokenizer) {
    return false;
  }
  if (tokenizer == Tokenizer::kPreTokenizedArray) {
    return true;  // elements are tokens as they are: nothing else is looked at
  }
  const bool language_matters = stemming || remove_stopwords;
  return case_sensitive == other.case_sensitive && stemming == other.stemming &&
         remove_stopwords == other.remove_stopwords && ascii_folding == other.ascii_folding &&
         max_token_length == other.max_token_length &&
         (!language_matters || language == other.language);
}

std::optional<AttrId> Schema::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? std::nullopt : std::optional(at->second);
}

AttrId Schema::add(Attribute attribute) {
  const auto id = static_cast<AttrId>(attributes_.size());
  if (!attribute.dropped()) {
    by_name_.emplace(attribute.name, id);
  }
  attributes_.push_back(std::move(attribute));
  return id;
}

void Schema::drop(AttrId id) {
  by_name_.erase(attributes_[id].name);
  attributes_[id] = Attribute{.name = {}, .type = attributes_[id].type, .filterable = false};
}

}  // namespace layer::wire
