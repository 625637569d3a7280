// What the routes that edit bodies must know of a namespace. Thread safety: from any loop,
// concurrently.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "async/task.h"
#include "core/error.h"
#include "features/shards/shards.h"
#include "features/writes/write_plan.h"

namespace layer::gateway {

struct NamespaceSettings {
  std::string logical;  // the name its state and its stamps are kept under
  features::writes::StampRules rules{};
  std::uint64_t incarnation = 0;     // how often a namespace of this name was deleted before
  bool hides_reserved = true;        // from answers that list everything
  bool reads_stable = false;         // where a read names no level
  std::uint32_t scatter_shards = 1;  // that queries are read by
  std::uint32_t scan_threads = features::shards::kThreadsDefault;

  // A write needs no edit.
  bool nothing_applies() const { return !rules.stamp && !rules.shard_count; }
};

class NamespaceSettingsSource {
 public:
  virtual ~NamespaceSettingsSource() = default;
  // What is known at once; for reads. `ns` is the decoded name.
  virtual Result<NamespaceSettings> known(std::string_view ns) = 0;
  // Looks an unknown namespace up first; for writes, whose body depends on it.
  virtual async::Task<Result<NamespaceSettings>> load(std::string ns) = 0;
};

}  // namespace layer::gateway
