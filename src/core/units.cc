#include "core/units.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace layer::core {
namespace {

template <std::size_t N>
Result<std::uint64_t> scaled(std::string_view text,
                             const std::array<std::pair<std::string_view, std::uint64_t>, N>& units,
                             std::string_view what, std::string_view example) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{}) {
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& [name, factor] : units) {
      if (unit == name && number <= UINT64_MAX / factor) {
        return number * factor;
      }
    }
    if (number == 0 && unit.empty()) {
      return 0;
    }
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a {}: write it like {}", text, what, example));
}

}  // namespace

Result<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> kUnits{{
      {"", 1},
      {"B", 1},
      {"KiB", 1ULL << 10U},
      {"MiB", 1ULL << 20U},
      {"GiB", 1ULL << 30U},
      {"TiB", 1ULL << 40U},
      {"KB", 1'000},
      {"MB", 1'000'000},
      {"GB", 1'000'000'000},
  }};
  return scaled(text, kUnits, "size", "512MiB or 10GiB");
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> kUnits{{
      {"ms", 1},
      {"s", 1'000},
      {"m", 60'000},
      {"h", 3'600'000},
      {"d", 86'400'000},
      {"w", 604'800'000},
  }};
  LAYER_ASSIGN(const std::uint64_t ms, scaled(text, kUnits, "duration", "500ms, 5s or 10m"));
  constexpr std::uint64_t kYearsMs = 100ULL * 366 * 86'400'000;
  if (ms > kYearsMs) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is too long a duration", text));
  }
  return std::chrono::milliseconds(ms);
}

Result<std::uint64_t> parse_uint(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a whole number", text));
  }
  return number;
}

Result<HostPort> parse_host_port(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an address: write it like 127.0.0.1:8080", text));
  };
  std::string_view host = "0.0.0.0";
  std::string_view port = text;
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad();
  }
  const auto number = parse_uint(port);
  if (!number || *number > UINT16_MAX || host.empty()) {
    return bad();
  }
  return HostPort{.host = host == "localhost" ? "127.0.0.1" : std::string(host),
                  .port = static_cast<std::uint16_t>(*number)};
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

}  // namespace layer::core
