#include "cli/environment.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace layer::cli {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string flag_or_variable(const Session& session, const char* flag, const char* name,
                             std::string fallback) {
  if (!session.flag(flag).empty()) {
    return session.flag(flag);
  }
  std::string value = variable(name);
  return value.empty() ? std::move(fallback) : value;
}

Result<std::uint64_t> parse_count(const char* flag, const std::string& text, std::uint64_t least,
                                  std::uint64_t most) {
  std::uint64_t count = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (ec != std::errc() || end != text.data() + text.size() || count < least || count > most) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--{}: '{}' is no number from {} to {}", flag, text, least, most));
  }
  return count;
}

}  // namespace layer::cli
