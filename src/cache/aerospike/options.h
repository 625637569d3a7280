// How to reach an Aerospike cluster, and the limits of doing so. Thread safety: plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::cache::aerospike {

// A place to begin: one node that tells of the others.
struct Seed {
  std::string host{};      // a name or an address, IPv6 without brackets
  std::string tls_name{};  // the name in its certificate; empty: no TLS
  std::uint16_t port = 0;

  bool operator==(const Seed&) const = default;
};

struct AerospikeOptions {
  std::vector<Seed> seeds{};    // AEROSPIKE_HOSTS
  std::string ns = "hevlayer";  // AEROSPIKE_NAMESPACE; the server's namespace, not a store's
  std::string cluster_name{};   // AEROSPIKE_CLUSTER_NAME; empty: any
  std::string user{};           // AEROSPIKE_USER; empty: no authentication
  std::string password{};       // AEROSPIKE_PASSWORD
  std::string tls_ca_file{};    // PEM; empty: the system's authorities

  // One get, put or remove from its start to its end, waiting for a connection included.
  std::chrono::milliseconds operation_time_max{200};
  // One page of a scan; a count is a scan of pages.
  std::chrono::milliseconds scan_time_max{5000};
  // Connecting with TLS and authentication, and each question of the tend loop.
  std::chrono::milliseconds tend_time_max{1000};
  std::chrono::milliseconds tend_period{1000};
  // After a node failed it is left alone for a while: doubled with each failure, with jitter.
  std::chrono::milliseconds backoff_first{100};
  std::chrono::milliseconds backoff_max{2000};
  std::chrono::seconds idle_time_max{55};  // servers close connections idle for 60 s

  std::size_t connections_max = 32;  // open to one node from one event loop
  std::size_t waiting_max = 4096;    // operations that wait for one of them
  std::size_t nodes_max = 256;
  // What the server takes as one record (its max-record-size, or write-block-size before 7.1).
  std::size_t record_bytes_max = std::size_t{1} << 20;
  std::size_t batch_bytes_max = std::size_t{4} << 20;    // of one request of puts
  std::size_t reply_bytes_max = std::size_t{256} << 20;  // of one operation, all parts
  // Sets of their own for as many names; those that come later share 64 sets (rule 4.2).
  std::size_t own_sets_max = 900;
};

// "host[:tls-name]:port" or "host", comma separated; an IPv6 address stands in brackets; the port
// is 3000 when it is left out. Errors: kInvalidArgument.
Result<std::vector<Seed>> parse_hosts(std::string_view text);

}  // namespace layer::cache::aerospike
