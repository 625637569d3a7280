// Sizes and durations as people write them. Thread safety: pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::core {

// "512MiB", "10GiB", "64KiB", "1024", "1MB" (decimal). Errors: kInvalidArgument.
Result<std::uint64_t> parse_bytes(std::string_view text);
// "250ms", "5s", "10m", "24h", "7d", "1w"; a unit is required, except for 0.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// Plain decimal, all of the text.
Result<std::uint64_t> parse_uint(std::string_view text);

struct HostPort {
  std::string host;  // an IP address, IPv6 without brackets
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};
// "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; "8080" alone means every IPv4 address.
Result<HostPort> parse_host_port(std::string_view text);
bool is_loopback(std::string_view host);

}  // namespace layer::core
