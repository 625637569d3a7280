// Schemas of namespaces as the store told them, for half a minute: a query that has to know which
// attributes are vectors makes no call for it most of the time. Thread safety: any loop. Cost of a
// known one: a hash and a shared lock.
#pragma once

#include <chrono>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "core/clock.h"
#include "features/pages/store_query.h"

namespace layer::features::search {

// Null: the store did not tell; what needs to know does without, and the query itself finds out
// what is wrong.
using SchemaPtr = std::shared_ptr<const namespaces::StoreMetadata>;

class SchemaCache {
 public:
  static constexpr std::size_t kSchemasMax = 10'000;
  static constexpr std::chrono::seconds kTrustedFor{30};

  explicit SchemaCache(const core::Clock& clock) : clock_(clock) {}

  async::Task<SchemaPtr> load(documents::Origin origin, async::TimePoint deadline);
  // The store contradicts what is known: the next query asks again.
  void forget(const documents::Origin& origin);

 private:
  struct Entry {
    SchemaPtr schema;
    core::Clock::TimePoint read_at;
  };
  SchemaPtr look(const std::string& key) const;
  void put(const std::string& key, SchemaPtr schema);

  const core::Clock& clock_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry> schemas_;  // guarded
};

bool is_vector(namespaces::ColumnKind kind);

}  // namespace layer::features::search
