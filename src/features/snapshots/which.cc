// parse_which() of snapshot_store.h.
#include <algorithm>

#include "core/units.h"
#include "features/snapshots/snapshot_store.h"
#include "wire/value.h"

namespace layer::features::snapshots {
namespace {

constexpr std::size_t kShaDigits = 64;
// Epoch milliseconds up to the year 2286; longer ones are no time.
constexpr std::size_t kTimeDigitsMax = 13;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

Result<Which> parse_which(std::string_view text, std::int64_t now_ms) {
  if (text == "latest") {
    return Which{};
  }
  if (!text.empty() && text.size() <= kTimeDigitsMax && std::ranges::all_of(text, is_digit)) {
    LAYER_ASSIGN(const std::uint64_t time_ms, core::parse_uint(text));
    return Which{.kind = Which::Kind::kTime, .time_ms = static_cast<std::int64_t>(time_ms)};
  }
  if (text.size() >= kShaPrefixMin && text.size() <= kShaDigits &&
      std::ranges::all_of(text, is_hex_digit)) {
    return Which{.kind = Which::Kind::kSha, .sha = std::string(text)};
  }
  if (const auto age = core::parse_duration(text)) {
    return Which{.kind = Which::Kind::kTime, .time_ms = now_ms - age->count()};
  }
  if (const auto time = wire::parse_datetime(text)) {
    return Which{.kind = Which::Kind::kTime, .time_ms = time->ms};
  }
  return fail(ErrorCode::kValidation,
              "expected latest, a sha (at least 7 of its digits), epoch milliseconds, an RFC 3339 "
              "time or an age such as 7d");
}

}  // namespace layer::features::snapshots
