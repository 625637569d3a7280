// Schemas of namespaces, remembered for a while (rule FQ3 of the contract). Thread safety: any
// loop, concurrently. Bounds: kEntriesMax remembered; when they are full all are forgotten.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "features/documents/origin.h"
#include "wire/schema.h"

namespace layer::features::federated {

using SchemaPtr = std::shared_ptr<const wire::Schema>;

class SchemaCache {
 public:
  static constexpr std::chrono::seconds kFreshFor{30};
  static constexpr std::size_t kEntriesMax = 10'000;

  // `now`: empty, the steady clock.
  explicit SchemaCache(std::function<async::TimePoint()> now = {});

  struct Read {
    SchemaPtr schema;
    bool remembered = false;  // it may be up to kFreshFor old
  };
  // `anew`: what is remembered does not count. What a caller's own key opens is never remembered,
  // since the store decides about each key. Errors: those of row_filter::read_store_schema().
  async::Task<Result<Read>> read(documents::Origin origin, bool anew, async::TimePoint deadline);

 private:
  struct Entry {
    SchemaPtr schema;
    async::TimePoint until;
  };
  SchemaPtr find(const std::string& key);
  void put(std::string key, SchemaPtr schema);

  const std::function<async::TimePoint()> now_;
  std::mutex mutex_;  // guards entries_
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace layer::features::federated
