#include "resources/kinds.h"

#include <array>
#include <string>
#include <utility>

#include "core/text.h"

namespace layer::resources {
namespace {

// In the order of Kind.
constexpr std::array<std::pair<std::string_view, std::string_view>, kKindCount> kNames{{
    {"VectorStore", "hevlayer.com/v1alpha1"},
    {"Index", "hevlayer.com/v1"},
    {"Pipeline", "hevlayer.com/v1alpha1"},
    {"Function", "hevlayer.com/v1alpha1"},
    {"InfraRules", "hevlayer.com/v1alpha1"},
    {"Warehouse", "hevlayer.com/v1alpha1"},
    {"ApiKey", "hevlayer.com/v1alpha1"},
}};

}  // namespace

std::string_view kind_name(Kind kind) {
  return kNames[static_cast<std::size_t>(kind)].first;
}

std::optional<Kind> parse_kind(std::string_view text) {
  for (std::size_t i = 0; i < kKindCount; ++i) {
    const std::string name(kNames[i].first);
    const std::string plural = name + (name.ends_with('x') ? "es" : "s");
    if (core::equals_ignore_case(text, name) || core::equals_ignore_case(text, plural)) {
      return static_cast<Kind>(i);
    }
  }
  return std::nullopt;
}

std::string_view api_version(Kind kind) {
  return kNames[static_cast<std::size_t>(kind)].second;
}

}  // namespace layer::resources
