// `schema.<attr>.embed` of a write (rules EM1 and EM2 of the contract). Thread safety: pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/error.h"
#include "features/embed/models.h"
#include "features/embed/profile.h"
#include "json/document.h"

namespace layer::features::embed {

inline constexpr std::size_t kInstructionBytesMax = 4096;
inline constexpr std::string_view kTargetPrefix = "embed_";

// Who computes the vectors.
enum class Serving : std::uint8_t { kNative, kLocal };

struct Declaration {
  Serving serving = Serving::kLocal;
  Profile profile{};  // of a local one
};

// `store_embeds`: the store has models of its own. Errors: kValidation, which names the member;
// kUnsupportedByStore (another serving); kFeatureUnavailable (no such model; images, which this
// version does not serve).
Result<Declaration> parse_declaration(std::string_view attribute, const json::Value& value,
                                      const Models& models, bool store_embeds);

}  // namespace layer::features::embed
