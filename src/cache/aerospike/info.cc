#include "cache/aerospike/info.h"

#include <charconv>

#include <fmt/format.h>

#include "cache/aerospike/frame.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::size_t kPeersMax = 1024;
constexpr std::size_t kHostsMax = 64;  // addresses of one peer

std::string_view cut(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

// Walks over the brackets and words of a list of peers.
class PeerText {
 public:
  explicit PeerText(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (!rest_.starts_with(c)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  Result<void> expect(char c) {
    if (!take(c)) {
      return refused(fmt::format("'{}' is missing", c));
    }
    return {};
  }
  std::string_view word() {
    const std::size_t end = std::min(rest_.find_first_of(",[]"), rest_.size());
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }
  // "host", "host:port" or "[address]:port".
  Result<PeerHost> host(std::uint16_t default_port) {
    PeerHost found{.port = default_port};
    std::string_view port;
    if (take('[')) {
      const std::size_t end = rest_.find(']');
      if (end == std::string_view::npos) {
        return std::unexpected(refused("an address is not closed").error());
      }
      found.host = rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      port = word();
      if (port.starts_with(':')) {
        port.remove_prefix(1);
      }
    } else {
      port = word();
      found.host = cut(port, ':');
    }
    if (!port.empty()) {
      const auto number = parse_number(port);
      if (!number || *number == 0 || *number > 0xFFFF) {
        return std::unexpected(refused("a port is not a number").error());
      }
      found.port = static_cast<std::uint16_t>(*number);
    }
    if (found.host.empty() || found.port == 0) {
      return std::unexpected(refused("a peer has an address without host or port").error());
    }
    return found;
  }
  Result<void> refused(std::string_view why) const {
    return fail(ErrorCode::kCorrupt,
                fmt::format("the server's list of peers cannot be read: {}", why));
  }

 private:
  std::string_view rest_;
};

Result<Peer> parse_peer(PeerText& text, std::uint16_t default_port) {
  Peer peer;
  LAYER_TRY(text.expect('['));
  peer.id = text.word();
  LAYER_TRY(text.expect(','));
  peer.tls_name = text.word();
  LAYER_TRY(text.expect(','));
  LAYER_TRY(text.expect('['));
  while (!text.take(']')) {
    LAYER_ASSIGN(PeerHost host, text.host(default_port));
    peer.hosts.push_back(std::move(host));
    if (peer.hosts.size() > kHostsMax) {
      LAYER_TRY(text.refused("a peer has too many addresses"));
    }
    text.take(',');
  }
  LAYER_TRY(text.expect(']'));
  if (peer.id.empty() || peer.hosts.empty()) {
    LAYER_TRY(text.refused("a peer has no name or no address"));
  }
  return peer;
}

}  // namespace

std::string print_info(std::span<const std::string> questions) {
  std::string body;
  for (const std::string& question : questions) {
    body.append(question).append("\n");
  }
  return print_frame(FrameType::kInfo, body);
}

InfoReply parse_info(std::string_view body) {
  InfoReply reply;
  while (!body.empty()) {
    std::string_view line = cut(body, '\n');
    const std::string_view question = cut(line, '\t');
    if (!question.empty()) {
      reply.emplace(question, line);
    }
  }
  return reply;
}

std::optional<std::string_view> find_value(std::string_view pairs, char separator,
                                           std::string_view name) {
  while (!pairs.empty()) {
    std::string_view pair = cut(pairs, separator);
    if (cut(pair, '=') == name) {
      return pair;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::uint64_t> find_number(std::string_view pairs, char separator,
                                         std::string_view name) {
  const auto value = find_value(pairs, separator, name);
  return value ? parse_number(*value) : std::nullopt;
}

Result<std::vector<Peer>> parse_peers(std::string_view text) {
  std::vector<Peer> peers;
  std::string_view rest = text;
  cut(rest, ',');  // the generation
  const std::string_view port_text = cut(rest, ',');
  const auto port = port_text.empty() ? std::optional<std::uint64_t>(0) : parse_number(port_text);
  PeerText list(rest);
  if (!port || *port > 0xFFFF) {
    return std::unexpected(list.refused("its port is not a number").error());
  }
  LAYER_TRY(list.expect('['));
  while (!list.take(']')) {
    LAYER_ASSIGN(Peer peer, parse_peer(list, static_cast<std::uint16_t>(*port)));
    peers.push_back(std::move(peer));
    if (peers.size() > kPeersMax) {
      return std::unexpected(list.refused("it is too long").error());
    }
    list.take(',');
  }
  return peers;
}

}  // namespace layer::cache::aerospike
