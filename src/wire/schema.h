// Attribute types and schemas of a namespace. Pure values; how input becomes one stands in
// schema_input.h (parse), schema_merge.h (rules of change) and schema_print.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wire/value.h"

namespace layer::wire {

enum class Kind : std::uint8_t {
  kString,
  kInt,
  kUint,
  kFloat,
  kUuid,
  kDatetime,
  kBool,
  kBytes,        // scalar only
  kUnknown,      // array only: "[]unknown"
  kDense,        // [N]f32, [N]f16, [N]i8
  kSparse,       // {}f16
  kMultiVector,  // [][N]f32
};

struct AttributeType {
  Kind kind = Kind::kString;
  bool array = false;
  ElementType element = ElementType::kF32;  // of kDense and kMultiVector
  std::uint32_t dims = 0;                   // of kDense and kMultiVector
  bool operator==(const AttributeType&) const = default;
};
Result<AttributeType> parse_type(std::string_view text);
std::string to_string(const AttributeType& type);  // "[]string", "[384]f32", ...

enum class Tokenizer : std::uint8_t {
  kWordV0,
  kWordV1,
  kWordV2,
  kWordV3,
  kWordV4,
  kPreTokenizedArray
};
enum class Language : std::uint8_t {
  kArabic,
  kDanish,
  kDutch,
  kEnglish,
  kFinnish,
  kFrench,
  kGerman,
  kGreek,
  kHungarian,
  kItalian,
  kNorwegian,
  kPortuguese,
  kRomanian,
  kRussian,
  kSpanish,
  kSwedish,
  kTamil,
  kTurkish,
};
std::string_view name(Tokenizer tokenizer);
std::string_view name(Language language);
std::optional<Tokenizer> tokenizer_named(std::string_view name);
std::optional<Language> language_named(std::string_view name);

struct FullTextConfig {
  Tokenizer tokenizer = Tokenizer::kWordV4;
  Language language = Language::kEnglish;
  bool case_sensitive = false;
  bool stemming = false;
  bool remove_stopwords = false;
  bool ascii_folding = false;
  std::uint32_t max_token_length = 39;  // characters, 1..255
  float k1 = 1.2F;                      // > 0
  float b = 0.75F;                      // 0..1
  float k3 = 8.0F;                      // > 0
  bool operator==(const FullTextConfig&) const = default;
  // True when both give the same tokens: only then can one index serve the other's queries.
  bool same_analysis(const FullTextConfig& other) const;
};

enum class DistanceMetric : std::uint8_t { kCosine, kEuclideanSquared };
std::string_view name(DistanceMetric metric);  // "cosine_distance", "euclidean_squared"
std::optional<DistanceMetric> metric_named(std::string_view name);

struct EmbedConfig {
  std::string model;
  std::optional<std::uint32_t> dims;
  std::optional<std::string> attribute;
  bool operator==(const EmbedConfig&) const = default;
};

struct Attribute {
  std::string name;  // empty: dropped
  AttributeType type;
  bool filterable = true;
  std::optional<FullTextConfig> full_text{};
  bool regex = false;
  bool glob = false;
  bool fuzzy = false;
  bool ann = false;  // dense vectors: always; multi-vectors: when declared with late_interaction
  bool sparse_knn = false;  // dot product
  std::optional<EmbedConfig> embed{};
  // Dropped attributes keep their place and type, and have no name and no index. Segments may still
  // hold values of them, which nobody can ask for.
  bool dropped() const { return name.empty(); }
  bool operator==(const Attribute&) const = default;
};

// Position of an attribute in Schema::attributes; never reused, since dropped ones keep theirs.
using AttrId = std::uint32_t;

// The schema of one namespace. `id` is not among the attributes.
// Thread safety: a value; const use from many threads.
class Schema {
 public:
  std::optional<IdType> id_type;                  // unset until the first write
  std::optional<DistanceMetric> distance_metric;  // set with the first dense vector

  // In the order of their ids, dropped ones among them.
  const std::vector<Attribute>& attributes() const { return attributes_; }
  const Attribute& at(AttrId id) const { return attributes_[id]; }
  Attribute& at(AttrId id) { return attributes_[id]; }
  std::optional<AttrId> find(std::string_view name) const;  // never a dropped one
  AttrId add(Attribute attribute);                          // the name must be new, or empty
  void drop(AttrId id);                                     // its name is free again

  bool operator==(const Schema& other) const {
    return id_type == other.id_type && distance_metric == other.distance_metric &&
           attributes_ == other.attributes_;
  }

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<Attribute> attributes_;
  std::unordered_map<std::string, AttrId, NameHash, std::equal_to<>> by_name_;
};

}  // namespace layer::wire
