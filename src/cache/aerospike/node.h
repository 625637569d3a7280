// One server of the cluster, as all loops see it, and the one policy of reconnecting to it: after a
// connection could not be made it is left alone for a while, doubled each time, with jitter.
// Thread safety: all of it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "async/task.h"
#include "cache/aerospike/info.h"
#include "cache/aerospike/options.h"

namespace layer::cache::aerospike {

class Node {
 public:
  Node(std::string id, PeerHost address, std::string tls_name, const AerospikeOptions& options)
      : id_(std::move(id)),
        address_(std::move(address)),
        tls_name_(std::move(tls_name)),
        options_(options) {}

  const std::string& id() const { return id_; }  // empty: a seed that has not told it yet
  const PeerHost& address() const { return address_; }
  const std::string& tls_name() const { return tls_name_; }
  std::string name() const;  // "host:port"

  // False while it is left alone.
  bool ready(async::TimePoint now) const;
  void connected() { failures_.store(0, std::memory_order_relaxed); }
  void connect_failed(async::TimePoint now);

  // An operation failed underway: what it missed is not known until the tend loop looked again.
  void suspect() { suspect_.store(true, std::memory_order_relaxed); }
  bool take_suspicion() { return suspect_.exchange(false, std::memory_order_relaxed); }

 private:
  const std::string id_;
  const PeerHost address_;
  const std::string tls_name_;
  const AerospikeOptions& options_;
  std::atomic<unsigned> failures_{0};
  std::atomic<async::Duration::rep> retry_at_{0};
  std::atomic<bool> suspect_{false};
};

}  // namespace layer::cache::aerospike
