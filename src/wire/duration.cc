#include "wire/duration.h"

#include <array>
#include <charconv>
#include <cmath>

namespace layer::wire {
namespace {

struct Unit {
  std::string_view name;
  double ms;
};

constexpr std::array<Unit, 6> kUnits{{{"ms", 1},
                                      {"s", 1000},
                                      {"m", 60'000},
                                      {"h", 3'600'000},
                                      {"d", 86'400'000},
                                      {"w", 604'800'000}}};

}  // namespace

std::optional<double> parse_duration_ms(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (read.ec != std::errc{} || !std::isfinite(number) || std::signbit(number)) {
    return std::nullopt;
  }
  const std::string_view unit(read.ptr, end);
  for (const Unit& known : kUnits) {
    if (known.name == unit) {
      return number * known.ms;
    }
  }
  return std::nullopt;
}

}  // namespace layer::wire
