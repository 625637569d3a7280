// Reading JSON of an expected shape, and the errors when it has another: the words, path and
// position that the store's clients know from its own deserialiser. Used by every reader of a body.
// Thread safety: free functions over values. Cost: nothing is allocated unless an error is made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "json/locate.h"
#include "json/path.h"

namespace layer::wire {

using json::Path;
using Failure = std::unexpected<Error>;

// kInvalidShape: "Failed to deserialize the JSON body into the target type: <path>: <message> at
// line L column C". The path is left out at the root, the position when the path has no text.
[[gnu::cold]] Failure shape_error(const Path& path, std::string_view message,
                                  json::Edge edge = json::Edge::kEnd);
// kInvalidJson with the prefix "Failed to parse the request body as JSON: ". The store answers so
// where a variant's name is not a string.
[[gnu::cold]] Failure syntax_error(const Path& path, std::string_view message);
// kInvalidArgument: right shape, wrong meaning.
[[gnu::cold]] Failure semantic_error(std::string message);

// "invalid type: map, expected <expected>"; `expected` comes with its article ("a sequence").
[[gnu::cold]] Failure invalid_type(const json::Value& found, const Path& path,
                                   std::string_view expected);
// "invalid value: integer `-1`, expected <expected>".
[[gnu::cold]] Failure invalid_value(const json::Value& found, const Path& path,
                                    std::string_view expected);
// "missing field `id`"; `path` leads to the object that lacks it.
[[gnu::cold]] Failure missing_field(const Path& path, std::string_view field);
// "duplicate field `id`"; `path` leads to the object that has it twice.
[[gnu::cold]] Failure duplicate_field(const Path& path, std::string_view field);
// "unknown field `foo`, expected one of `a`, `b`"; `path` leads to the object that has it.
[[gnu::cold]] Failure unknown_field(const Path& path, std::string_view field,
                                    std::span<const std::string_view> known);
// "unknown variant `x`, expected `a` or `b`".
[[gnu::cold]] Failure unknown_variant(const Path& path, std::string_view found,
                                      std::span<const std::string_view> known);
// "data did not match any variant of untagged enum <name>".
[[gnu::cold]] Failure no_variant(const Path& path, std::string_view enum_name);

// "expected `a`", "expected `a` or `b`", "expected one of `a`, `b`, `c`".
std::string expected_names(std::span<const std::string_view> known);
// What stands there: "map", "sequence", "null", "integer `3`", "string \"x\"", "boolean `true`".
std::string describe_found(const json::Value& value);

Result<bool> read_bool(const json::Value& value, const Path& path);
// Valid while the document lives.
Result<std::string_view> read_string(const json::Value& value, const Path& path,
                                     std::string_view expected = "a string");
Result<json::Array> read_array(const json::Value& value, const Path& path,
                               std::string_view expected = "a sequence");
Result<json::Object> read_object(const json::Value& value, const Path& path,
                                 std::string_view expected = "a map");
Result<std::int64_t> read_i64(const json::Value& value, const Path& path);
Result<std::uint64_t> read_u64(const json::Value& value, const Path& path);
Result<std::uint32_t> read_u32(const json::Value& value, const Path& path);
// Integers are taken too.
Result<double> read_f64(const json::Value& value, const Path& path);

// One of a fixed set of names. A value that is not a string is a syntax_error, as the store has it.
template <class Enum, std::size_t N>
Result<Enum> read_variant(const json::Value& value, const Path& path,
                          const std::array<std::pair<std::string_view, Enum>, N>& variants) {
  if (!value.is_string()) {
    return syntax_error(path, "expected value");
  }
  const std::string_view found = value.get_string().value_unsafe();
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) {
    if (variants[i].first == found) {
      return variants[i].second;
    }
    names[i] = variants[i].first;
  }
  return unknown_variant(path, found, names);
}

// The members of an object whose fields are all known. Points into the document.
class Fields {
 public:
  // Errors: 422 for a name not in `known`, or written twice.
  static Result<Fields> read(const json::Object& object, const Path& path,
                             std::span<const std::string_view> known);

  // nullptr: the field was left out, or is null, which means the same.
  const json::Value* get(std::string_view name) const;

 private:
  std::vector<std::pair<std::string_view, json::Value>> fields_;
};

}  // namespace layer::wire
