#include "http/resolver.h"

#include <fmt/format.h>

#include "http/client_error.h"

namespace layer::http {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Resolver::Lookup {
  explicit Lookup(async::Loop& loop)
      : resolver(loop.get_executor()), done(loop.get_executor(), async::TimePoint::max()) {}

  bool fresh() const {
    return !finished || (!error && async::SteadyClock::now() < finished_at + kKeepMax);
  }

  asio::ip::basic_resolver<tcp, async::Executor> resolver;
  async::Timer done;  // cancelled when finished
  bool finished = false;
  async::TimePoint finished_at{};
  boost::system::error_code error;
  std::vector<asio::ip::address> addresses;
};

bool is_address(const std::string& host) {
  boost::system::error_code ec;
  (void)asio::ip::make_address(host, ec);
  return !ec;
}

async::Task<Result<std::vector<Endpoint>>> Resolver::look_up(std::string host, std::uint16_t port) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) {
    co_return std::vector{Endpoint(literal, port)};
  }
  auto& slot = lookups_[host];
  if (!slot || !slot->fresh()) {
    slot = std::make_shared<Lookup>(loop_);
    slot->resolver.async_resolve(
        host, "", [lookup = slot](const boost::system::error_code& ec, const auto& found) {
          lookup->error = ec;
          for (const auto& entry : found) {
            lookup->addresses.push_back(entry.endpoint().address());
          }
          lookup->finished = true;
          lookup->finished_at = async::SteadyClock::now();
          lookup->done.cancel();
        });
  }
  const auto lookup = slot;
  if (!lookup->finished) {
    (void)co_await lookup->done.async_wait(async::kToken);
  }
  if (!lookup->finished) {
    co_return std::unexpected(client_error(ClientFailure::kCancelled, "cancelled"));
  }
  if (lookup->error || lookup->addresses.empty()) {
    co_return std::unexpected(client_error(
        ClientFailure::kResolve,
        fmt::format("cannot find the address of '{}': {}; check the URL and the name service", host,
                    lookup->error ? lookup->error.message() : "it has none")));
  }
  std::vector<Endpoint> endpoints;
  for (const auto& address : lookup->addresses) {
    endpoints.emplace_back(address, port);
  }
  co_return endpoints;
}

}  // namespace layer::http
