// Whether this process is the one of a fleet that does something (rule SV1 of the contract): a
// lease in the database that gateways share, kept as long as it can be. Without such a database
// there is nobody else. Thread safety: one loop, one call at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/clock.h"
#include "queue/coordination.h"

namespace layer::workers {

inline constexpr std::chrono::seconds kLeadFor{15};
inline constexpr std::chrono::seconds kLeadAgainAfter{5};

class Leadership {
 public:
  // `shared`: null where there is none. What is given outlives it.
  Leadership(queue::Coordination* shared, std::string name, std::string holder,
             const core::Clock& clock)
      : shared_(shared), name_(std::move(name)), holder_(std::move(holder)), clock_(clock) {}

  // Cost: a call of the database every kLeadAgainAfter. While it is away, what was leased lasts to
  // its end.
  async::Task<bool> leads();
  async::Task<> resign();

 private:
  queue::Coordination* shared_;
  std::string name_;
  std::string holder_;
  const core::Clock& clock_;
  std::optional<core::Clock::TimePoint> asked_at_;
  std::optional<core::Clock::TimePoint> until_;
};

}  // namespace layer::workers
