#include "cache/aerospike/node.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/random.h"

namespace layer::cache::aerospike {
namespace {

constexpr unsigned kDoublingsMax = 16;

}  // namespace

std::string Node::name() const {
  return fmt::format("{}:{}", address_.host, address_.port);
}

bool Node::ready(async::TimePoint now) const {
  return failures_.load(std::memory_order_relaxed) == 0 ||
         now.time_since_epoch().count() >= retry_at_.load(std::memory_order_relaxed);
}

void Node::connect_failed(async::TimePoint now) {
  const unsigned failures = failures_.fetch_add(1, std::memory_order_relaxed);
  const async::Duration longest = options_.backoff_max;
  const async::Duration pause = std::min(
      longest, async::Duration(options_.backoff_first) * (1U << std::min(failures, kDoublingsMax)));
  // Between half of it and all of it, so that gateways do not come back together.
  const auto half = pause.count() / 2;
  const auto jitter = static_cast<async::Duration::rep>(
      core::random_u64() % static_cast<std::uint64_t>(std::max<async::Duration::rep>(half, 1)));
  retry_at_.store((now + pause).time_since_epoch().count() - jitter, std::memory_order_relaxed);
  suspect();
}

}  // namespace layer::cache::aerospike
