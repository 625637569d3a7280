// One request on its way through the gateway: what is known of it, and what its answer cost.
// Thread safety: one loop, from the request's head to the last byte of its answer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "features/billing/billing.h"
#include "gateway/auth/caller.h"
#include "gateway/route_table.h"
#include "gateway/target.h"
#include "gateway/trace.h"
#include "http/message.h"

namespace layer::gateway {

// Where the rows of an answer came from, slowest last: a mixed answer names the slowest.
enum class ServedBy : std::uint8_t { kNothing, kSnapshot, kCache, kEngine, kUpstream };
std::string_view name(ServedBy served_by);

class Exchange {
 public:
  Exchange(http::Request& r, RouteMatch m);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Route& route() const { return *match.route; }
  // The name in the path, percent-decoded once; empty where the route has none.
  std::string_view ns() const { return ns_decoded_.empty() ? match.ns : ns_decoded_; }
  // False for names outside [A-Za-z0-9-_.]{1,128}: plain routes forward them, others answer 422.
  bool ns_valid() const;
  bool is_write() const { return route().effect == Effect::kWrite; }
  // Empty before the target is resolved.
  std::string_view store_name() const;
  // The key's name, empty before it is known.
  std::string_view caller_name() const {
    return caller ? std::string_view(caller->name()) : std::string_view{};
  }

  // Adds a value to x-layer-warning, once.
  void warn(std::string_view warning);
  // Keeps the slowest of the sources named so far.
  void used(ServedBy source) { served_by = std::max(served_by, source); }

  http::Request& request;
  RouteMatch match;
  Trace trace;
  // Set once the caller is known; empty on routes that ask nobody.
  std::optional<Caller> caller{};
  Target target{};

  async::TimePoint begun;
  async::TimePoint deadline = async::TimePoint::max();
  // Time the store took; the gateway's own calls add theirs.
  async::Duration upstream{};
  std::uint32_t upstream_calls = 0;
  async::Duration cache{};
  bool cache_used = false;
  bool cold = false;  // refused, because only the cache could have answered (cache_cold)

  // Further headers of the answer, set on it whatever it is.
  http::Headers answer_headers{};
  std::string warnings{};
  ServedBy served_by = ServedBy::kNothing;

  // The store has let this passthrough caller's bearer into the namespace. Other callers need no
  // such proof.
  bool ns_proven = false;
  // The function whose results this write brings: its rows may have names that callers' may not,
  // and it does not concern the function. Empty: of a caller.
  std::string of_function{};
  // Known, allowed, and not turned away by the drain.
  bool admitted = false;
  // The status of a store's answer that is passed on; 0: the answer is the gateway's own.
  int relayed_status = 0;

  // What metrics tell of a body that was read.
  struct QueryKind {
    bool filters = false;
    bool ranks = false;
    std::uint32_t queries = 0;  // of a multi-query
  };
  std::optional<QueryKind> query_kind{};
  std::optional<std::uint64_t> rows_written{};
  struct Fetch {
    bool batch = false;
    std::size_t ids = 0;
    std::string_view cache_result{};  // as x-layer-cache says it
  };
  std::optional<Fetch> fetch{};
  // What the store says its answers are billed for; known when the last of them has gone by.
  std::optional<features::billing::Billing> billed{};

  std::uint64_t bytes_in = 0;  // of the request's body, as received
  std::uint64_t bytes_out = 0;

 private:
  std::string ns_decoded_;
};

}  // namespace layer::gateway
