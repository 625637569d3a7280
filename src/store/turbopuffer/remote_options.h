// How a store behind HTTP is reached: address, credential, limits, repetition. Thread safety: plain
// values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "async/task.h"
#include "http/origin.h"

namespace layer::store {

// When a caller's read may be sent again (rule U3 of the contract).
enum class RetryPlain : std::uint8_t {
  kOff,      // never
  kConnect,  // while nothing of it reached the store
  kAll,      // like the gateway's own reads
};

// "off", "connect" or "all". Errors: kInvalidArgument.
Result<RetryPlain> parse_retry_plain(std::string_view text);

struct RemoteOptions {
  std::string name = "default";
  std::string url = "https://{region}.turbopuffer.com";
  std::string region{};      // takes the place of {region}; not used by a URL without it
  std::string credential{};  // the bearer token; empty: calls go without one. Never logged.
  std::string ca_file{};     // PEM, instead of the system's authorities

  async::Duration connect_time_max = std::chrono::seconds(2);
  async::Duration tls_time_max = std::chrono::seconds(5);
  async::Duration progress_time_max = std::chrono::seconds(30);  // of a body, either way
  async::Duration idle_time_max = std::chrono::seconds(300);
  // A connection to a name (not to an address) is not used again at this age, so that a name which
  // moves to another address takes its traffic along.
  async::Duration connection_age_max = std::chrono::minutes(5);
  std::size_t connections_max = 256;      // all loops together; shared out evenly
  std::size_t idle_connections_max = 32;  // of one loop
  std::size_t in_flight_max = 4096;       // calls that wait for their answer's head

  RetryPlain retry_plain = RetryPlain::kConnect;
  bool breaker = true;
  async::Duration tick = std::chrono::milliseconds(250);  // how late a time-out may be
};

// The address that `url` and `region` stand for. Errors: kInvalidArgument, with what to set.
Result<http::BaseUrl> resolve_url(const RemoteOptions& options);

}  // namespace layer::store
