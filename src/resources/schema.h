// The declarative schema of the kinds: one row a field. From these rows come validation, defaults,
// the reference page and the schemas that Kubernetes is given; what a row cannot say (rules across
// fields) is code beside it, in the file of its kind.
// Thread safety: constants.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "resources/kinds.h"
#include "resources/names.h"
#include "resources/node.h"
#include "resources/report.h"

namespace layer::resources {

enum class FieldType : std::uint8_t {
  kText,
  kBool,
  kInteger,
  kNumber,
  kDuration,         // "5m"; min and max in milliseconds
  kDurationOrNever,  // the same, or "never"
  kJson,             // any value, not looked into
  kJsonMap,          // any map, not looked into
  kObject,           // its own fields follow with its path as their beginning
  kTextList,
  kTextMap,
  kQuantityMap,
  kObjectList,  // fields of its items: "path[].field"
  kObjectMap,   // fields of its values: "path{}.field"
};

// A spelling that a text, or each text of a list, must keep.
struct Spelling {
  std::string_view words;  // "a namespace name like films-2024"
  bool (*matches)(std::string_view text);
};

inline constexpr std::int64_t kUnset = -1;

struct Field {
  std::string_view path;
  FieldType type = FieldType::kText;
  bool required = false;
  // As it would be written; "{}" makes an absent object present with the defaults of its fields.
  std::string_view default_value{};
  std::string_view choices{};  // separated by spaces; of the items in a list
  // Of numbers and durations the value, of texts the bytes, of lists and maps the members.
  std::int64_t min = kUnset;
  std::int64_t max = kUnset;
  const Spelling* spelling = nullptr;
  std::string_view help{};
};

struct KindSchema {
  Kind kind;
  std::string_view help;
  bool cluster_scoped = false;
  const Spelling* name_spelling;
  std::span<const Field> fields;
  // What must happen before validation (spellings that do not matter are made one); may be null.
  void (*normalise)(Node& spec) = nullptr;
  // Rules across fields. The spec may have mistakes already; may be null.
  void (*check)(const Node& spec, std::string_view name, Report& report) = nullptr;
  // The spec is valid and has every default.
  AnySpec (*decode)(const Node& spec, std::string_view name);
};

const KindSchema& schema_of(Kind kind);

// Whether `field` lies directly below `prefix` ("", "backend", "keys[]"); its own name then.
bool is_below(std::string_view field_path, std::string_view prefix, std::string_view& name);

template <std::size_t... N>
constexpr auto join_fields(const std::array<Field, N>&... parts) {
  std::array<Field, (N + ...)> all{};
  std::size_t at = 0;
  const auto add = [&](const auto& part) {
    for (const Field& field : part) {
      all[at++] = field;
    }
  };
  (add(parts), ...);
  return all;
}

inline constexpr Spelling kObjectName{
    "a name of lower-case letters, digits, '-' and '.' that begins and ends with a letter or digit",
    is_object_name};
inline constexpr Spelling kIdName{
    "a name of at most 63 lower-case letters, digits and '-' that begins with a letter or digit",
    is_id_name};
inline constexpr Spelling kSecretKey{"a key of letters, digits, '-', '_' and '.'", is_secret_key};
inline constexpr Spelling kNamespaceName{
    "a namespace name of at most 128 letters, digits, '-', '_' and '.'", is_namespace_name};
inline constexpr Spelling kAttributeName{
    "an attribute name of at most 128 bytes that does not begin with '$'", is_attribute_name};
inline constexpr Spelling kHttpUrl{"an http:// or https:// URL without a user name in it",
                                   is_http_url};
inline constexpr Spelling kCron{
    "five cron fields with a single number for the minute, like \"0 * * * *\"", is_cron};

}  // namespace layer::resources
