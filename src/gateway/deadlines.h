// How long a request may take (rules 2.8 of the contract): a limit a class of routes, which the
// caller may lower. Thread safety: immutable once made.
#pragma once

#include <array>
#include <chrono>

#include "core/error.h"
#include "gateway/exchange.h"

namespace layer::gateway {

class Deadlines {
 public:
  using Milliseconds = std::chrono::milliseconds;
  // 60 s, writes 120 s, long ones 600 s, metadata and lists 30 s, job submission 15 s, PromQL 30 s;
  // streams have no total limit.
  Deadlines();
  void set(TimeoutClass timeout, Milliseconds limit) { at(timeout) = limit; }
  // Zero: none.
  Milliseconds limit(TimeoutClass timeout) const {
    return limits_[static_cast<std::size_t>(timeout)];
  }

  // Sets exchange.deadline from the class and x-layer-timeout-ms. Handlers that find a copy in a
  // body call it again with TimeoutClass::kLong. Errors: kValidation (not a number of
  // milliseconds between 1 and the limit).
  Result<void> apply(Exchange& exchange, TimeoutClass timeout) const;

 private:
  Milliseconds& at(TimeoutClass timeout) { return limits_[static_cast<std::size_t>(timeout)]; }
  std::array<Milliseconds, kTimeoutClasses> limits_{};
};

}  // namespace layer::gateway
