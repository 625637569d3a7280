#include "features/search/schema_cache.h"

#include <mutex>
#include <utility>

namespace layer::features::search {
namespace {

std::string key_of(const documents::Origin& origin) {
  return std::string(origin.store->name()) + '/' + origin.physical;
}

}  // namespace

async::Task<SchemaPtr> SchemaCache::load(documents::Origin origin, async::TimePoint deadline) {
  const std::string key = key_of(origin);
  if (auto known = look(key)) {
    co_return known;
  }
  auto read = co_await pages::read_metadata(origin, deadline);
  if (!read) {
    co_return nullptr;
  }
  auto schema = std::make_shared<const namespaces::StoreMetadata>(std::move(*read));
  put(key, schema);
  co_return schema;
}

void SchemaCache::forget(const documents::Origin& origin) {
  const std::unique_lock lock(mutex_);
  schemas_.erase(key_of(origin));
}

SchemaPtr SchemaCache::look(const std::string& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = schemas_.find(key);
  return found != schemas_.end() && clock_.steady() - found->second.read_at < kTrustedFor
             ? found->second.schema
             : nullptr;
}

void SchemaCache::put(const std::string& key, SchemaPtr schema) {
  const std::unique_lock lock(mutex_);
  if (schemas_.size() >= kSchemasMax) {
    schemas_.clear();  // they are read again when they are needed
  }
  schemas_[key] = {.schema = std::move(schema), .read_at = clock_.steady()};
}

bool is_vector(namespaces::ColumnKind kind) {
  return kind == namespaces::ColumnKind::kDenseVector ||
         kind == namespaces::ColumnKind::kSparseVector ||
         kind == namespaces::ColumnKind::kMultiVector;
}

}  // namespace layer::features::search
