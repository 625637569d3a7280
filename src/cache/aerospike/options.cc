#include "cache/aerospike/options.h"

#include <charconv>

#include <fmt/format.h>

namespace layer::cache::aerospike {
namespace {

constexpr std::uint16_t kDefaultPort = 3000;

Result<Seed> refused(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not an Aerospike host: {}; write host:port, or "
                          "host:tls-name:port, and an IPv6 address in brackets",
                          text, why));
}

Result<Seed> parse_host(std::string_view text) {
  Seed seed{.port = kDefaultPort};
  std::string_view rest = text;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) {
      return refused(text, "its bracket is not closed");
    }
    seed.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    seed.host = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (seed.host.empty()) {
    return refused(text, "it has no name");
  }
  if (rest.empty()) {
    return seed;
  }
  if (rest.front() != ':') {
    return refused(text, "something follows the address");
  }
  rest.remove_prefix(1);
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    seed.tls_name = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
    if (seed.tls_name.empty()) {
      return refused(text, "its TLS name is empty");
    }
  }
  const auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), seed.port);
  if (ec != std::errc{} || end != rest.data() + rest.size() || seed.port == 0) {
    return refused(text, "the port is not a number from 1 to 65535");
  }
  return seed;
}

}  // namespace

Result<std::vector<Seed>> parse_hosts(std::string_view text) {
  std::vector<Seed> seeds;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (one.starts_with(' ')) {
      one.remove_prefix(1);
    }
    while (one.ends_with(' ')) {
      one.remove_suffix(1);
    }
    LAYER_ASSIGN(Seed seed, parse_host(one));
    seeds.push_back(std::move(seed));
  }
  for (const Seed& seed : seeds) {
    if (seed.tls_name.empty() != seeds.front().tls_name.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  "some Aerospike hosts have a TLS name and some have none; a cluster is spoken to "
                  "with TLS or without");
    }
  }
  return seeds;
}

}  // namespace layer::cache::aerospike
