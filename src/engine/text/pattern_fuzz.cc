// Any pattern on any value: an error or an answer, no crash, and every match starts with the
// literal prefix.
#include <array>
#include <cstdlib>
#include <string_view>

#include "engine/text/pattern.h"
#include "testing/fuzz.h"

namespace {

using layer::wire::EditDistance;

constexpr std::array kDistances = {EditDistance{.min_query_chars = 3, .distance = 0},
                                   EditDistance{.min_query_chars = 6, .distance = 1},
                                   EditDistance{.min_query_chars = 9, .distance = 2}};

layer::Result<std::unique_ptr<layer::engine::text::Pattern>> compile(std::uint8_t kind,
                                                                     std::string_view pattern) {
  switch (kind % 5) {
    case 0:
      return layer::engine::text::compile_glob(pattern, false);
    case 1:
      return layer::engine::text::compile_glob(pattern, true);
    case 2:
      return layer::engine::text::compile_regex(pattern);
    case 3:
      return layer::engine::text::compile_fuzzy(pattern, kDistances, true);
    default:
      return layer::engine::text::compile_fuzzy(pattern, kDistances, false);
  }
}

}  // namespace

// Input: a kind, the length of the pattern, the pattern, the value.
LAYER_FUZZ_TARGET(pattern_fuzz) {
  if (size < 2) {
    return;
  }
  std::string_view rest(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::string_view pattern = rest.substr(0, data[1]);
  const std::string_view value = rest.substr(pattern.size());
  const auto compiled = compile(data[0], pattern);
  if (!compiled) {
    if (compiled.error().code != layer::ErrorCode::kInvalidArgument) {
      std::abort();
    }
    return;
  }
  if ((*compiled)->matches(value) && !value.starts_with((*compiled)->literal_prefix())) {
    std::abort();
  }
}
