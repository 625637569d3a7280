// Durations as ranking options spell them: a number and a unit, "12h". Thread safety: a function.
#pragma once

#include <optional>
#include <string_view>

namespace layer::wire {

// Milliseconds of a non-negative decimal number followed by ms, s, m, h, d or w. nullopt: not one.
std::optional<double> parse_duration_ms(std::string_view text);

}  // namespace layer::wire
