// Where a request goes: scheme, host, port, and the path prefix of a base URL. Thread safety:
// values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::http {

struct Origin {
  bool tls = false;
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 80;

  auto operator<=>(const Origin&) const = default;
  // The value of the host header: without the scheme's own port.
  std::string authority() const;
};

struct BaseUrl {
  Origin origin;
  std::string prefix;  // "" or "/path", put before each target
};

// "https://host[:port][/path]". Errors: kInvalidArgument.
Result<BaseUrl> parse_base_url(std::string_view text);

// For one segment of a path: everything but unreserved characters is escaped.
std::string encode_segment(std::string_view text);

}  // namespace layer::http
