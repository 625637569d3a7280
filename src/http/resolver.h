// Names to addresses for one loop's client. The system's look-up blocks a thread of its own and
// cannot be broken off, so who waits for it can leave and the look-up ends unheard. Look-ups of one
// name at the same time share one, and its addresses serve for a second: a burst of connections
// asks once, and a name that moves is followed.
// Thread safety: its loop only.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/task.h"

namespace layer::http {

using Endpoint = boost::asio::ip::tcp::endpoint;

class Resolver {
 public:
  static constexpr async::Duration kKeepMax = std::chrono::seconds(1);

  explicit Resolver(async::Loop& loop) : loop_(loop) {}

  // At least one address; `host` may be an address itself. Errors: those of client_error, kResolve.
  async::Task<Result<std::vector<Endpoint>>> look_up(std::string host, std::uint16_t port);

 private:
  struct Lookup;

  async::Loop& loop_;
  std::map<std::string, std::shared_ptr<Lookup>> lookups_;  // by host; as many as hosts are used
};

// True for the text of an IPv4 or IPv6 address.
bool is_address(const std::string& host);

}  // namespace layer::http
