#include "features/federated/schema_cache.h"

#include <utility>

#include <fmt/format.h>

#include "features/row_filter/store_schema.h"

namespace layer::features::federated {

SchemaCache::SchemaCache(std::function<async::TimePoint()> now)
    : now_(now ? std::move(now) : [] { return async::SteadyClock::now(); }) {}

async::Task<Result<SchemaCache::Read>> SchemaCache::read(documents::Origin origin, bool anew,
                                                         async::TimePoint deadline) {
  const bool shared = origin.authorization.empty();
  std::string key = fmt::format("{}/{}", origin.store->name(), origin.physical);
  if (shared && !anew) {
    if (SchemaPtr known = find(key)) {
      co_return Read{.schema = std::move(known), .remembered = true};
    }
  }
  LAYER_CO_ASSIGN(auto schema, co_await row_filter::read_store_schema(
                                   *origin.store, std::move(origin.physical),
                                   std::move(origin.authorization), deadline));
  auto made = std::make_shared<const wire::Schema>(std::move(schema));
  if (shared) {
    put(std::move(key), made);
  }
  co_return Read{.schema = std::move(made)};
}

SchemaPtr SchemaCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.until > now_() ? found->second.schema : nullptr;
}

void SchemaCache::put(std::string key, SchemaPtr schema) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kEntriesMax) {
    entries_.clear();
  }
  entries_.insert_or_assign(std::move(key),
                            Entry{.schema = std::move(schema), .until = now_() + kFreshFor});
}

}  // namespace layer::features::federated
