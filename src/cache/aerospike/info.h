// Aerospike's text questions about a node, and what their answers say.
// Thread safety: free functions. Views point into the reply.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::cache::aerospike {

inline constexpr std::size_t kInfoBytesMax = std::size_t{16} << 20;

std::string print_info(std::span<const std::string> questions);

// Question -> answer. A line without an answer has an empty one.
using InfoReply = std::map<std::string_view, std::string_view>;
InfoReply parse_info(std::string_view body);

// The value of `name` in "name=value" pairs between `separator`s.
std::optional<std::string_view> find_value(std::string_view pairs, char separator,
                                           std::string_view name);
std::optional<std::uint64_t> find_number(std::string_view pairs, char separator,
                                         std::string_view name);
std::optional<std::uint64_t> parse_number(std::string_view text);

struct PeerHost {
  std::string host{};
  std::uint16_t port = 0;

  bool operator==(const PeerHost&) const = default;
};
struct Peer {
  std::string id;
  std::string tls_name;
  std::vector<PeerHost> hosts;
};
// "generation,default port,[[id,tls name,[host,...]],...]". Errors: kCorrupt.
Result<std::vector<Peer>> parse_peers(std::string_view text);

}  // namespace layer::cache::aerospike
