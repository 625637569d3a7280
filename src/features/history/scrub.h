// JSON texts made fit to be kept: strings redacted, members dropped, no line feed left. Thread
// safety: pure function. Cost: one pass over the text.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "features/history/redactor.h"

namespace layer::features::history {

struct Scrub {
  const Redactor& redactor;
  std::span<const std::string_view> drop{};  // members, at any depth
  // Members whose strings are names, not what people typed: left as they are.
  std::span<const std::string_view> keep{};
};

// nullopt: `json` is not one JSON object.
std::optional<std::string> scrub_object(std::string_view json, const Scrub& scrub);

}  // namespace layer::features::history
