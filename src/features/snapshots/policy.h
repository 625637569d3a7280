// Which fields of a namespace are counted by themselves, how often, and how long the results are
// kept. A policy set over the API stands above the Index, which stands above the process's options
// (rules SN7 and SN8 of the contract).
// Thread safety: values and pure functions; PolicyStore from any loop, concurrently.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "features/namespaces/routing.h"
#include "objects/object_store.h"

namespace layer::features::snapshots {

inline constexpr std::chrono::milliseconds kIntervalMin{1000};

struct Policy {
  std::vector<std::string> facet_fields{};
  std::chrono::milliseconds interval = std::chrono::minutes(5);
  std::optional<std::chrono::milliseconds> retention{};  // nullopt: for ever

  bool operator==(const Policy&) const = default;
};
// {"facetFields":[...],"interval":"5m","retention":"never"}; what is absent has its default.
// Errors: kValidation with "details".
Result<Policy> parse_policy(std::string_view json);
std::string print_policy(const Policy& policy);
std::string policy_key(std::string_view ns);
// "5m", "90s", "1500ms": the largest unit that says it exactly.
std::string print_duration(std::chrono::milliseconds duration);

class PolicyStore {
 public:
  struct Defaults {
    std::vector<std::string> facet_fields{};  // of namespaces that nobody speaks for
    std::chrono::milliseconds interval = std::chrono::minutes(5);
    std::chrono::milliseconds refresh = std::chrono::seconds(30);  // how old a policy may be
  };
  // Both outlive the store.
  PolicyStore(objects::ObjectStore& objects, const core::Clock& clock, Defaults defaults)
      : objects_(objects), clock_(clock), defaults_(std::move(defaults)) {}

  // As it is stored. Errors: those of ObjectStore, kCorrupt.
  async::Task<Result<std::optional<Policy>>> read(std::string ns);
  async::Task<Result<void>> write(std::string ns, Policy policy);
  // What holds for the namespace; a stored policy is remembered for `refresh`.
  async::Task<Result<Policy>> effective(std::string ns, const resources::IndexSpec* index);
  // Namespaces with a policy that this process has set or seen.
  std::vector<std::string> known() const;
  // The namespace was deleted.
  void forget(std::string_view ns);

 private:
  static constexpr std::size_t kKnownMax = 10'000;
  struct Entry {
    std::optional<Policy> policy;
    core::Clock::TimePoint read_at;
  };
  void remember(const std::string& ns, const std::optional<Policy>& policy);

  objects::ObjectStore& objects_;
  const core::Clock& clock_;
  const Defaults defaults_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace layer::features::snapshots
