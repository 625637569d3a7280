// The conditions of all resources, in memory. The source writes Accepted and what it finds out
// itself; reconcilers add theirs (Reachable, Registered, ...). Ready follows from the others.
// Thread safety: all calls from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "resources/condition.h"
#include "resources/kinds.h"

namespace layer::resources {

struct Status {
  std::uint64_t observed_generation = 0;
  std::vector<Condition> conditions;  // Accepted first, Ready last
  // Further members by name, each JSON text: "rows", "queueDepth", ...
  std::map<std::string, std::string, std::less<>> fields;
};

std::string status_key(Kind kind, std::string_view name);  // "Index/films"

class StatusTable {
 public:
  using Clock = std::function<std::int64_t()>;  // epoch milliseconds
  explicit StatusTable(Clock clock);

  // Empty for an object that is not there.
  Status get(std::string_view key) const;
  // Both do nothing for an object that set_observed has not introduced, or that was retained away.
  void set(std::string_view key, Condition condition);
  void set_field(std::string_view key, std::string_view name, std::string json);
  // Introduces the object.
  void set_observed(std::string_view key, std::uint64_t generation);
  // Drops what is not named: objects that are gone.
  void retain(const std::set<std::string, std::less<>>& keys);

 private:
  Clock clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Status, std::less<>> statuses_;
};

std::int64_t wall_clock_ms();

}  // namespace layer::resources
