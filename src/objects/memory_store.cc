#include "objects/memory_store.h"

#include <fmt/format.h>

#include "objects/failures.h"

namespace layer::objects {

Result<MemoryStore::Entry> MemoryStore::find(const std::string& key) const {
  LAYER_TRY(check_key(key));
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(key);
  if (at == entries_.end()) {
    return not_found(key);
  }
  return at->second;
}

async::Task<Result<std::string>> MemoryStore::put(std::string key, std::string bytes,
                                                  Condition condition) {
  LAYER_CO_TRY(check_put(key, bytes.size()));
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(key);
  const bool there = at != entries_.end();
  if ((condition.kind == Condition::Kind::kAbsent && there) ||
      (condition.kind == Condition::Kind::kMatch &&
       (!there || at->second.etag != condition.etag))) {
    co_return condition_failed(key);
  }
  std::string etag = fmt::format("m{}", next_etag_++);
  entries_[key] = {.bytes = std::move(bytes), .etag = etag, .modified_ms = clock_.wall_ms()};
  co_return etag;
}

async::Task<Result<Object>> MemoryStore::get(std::string key) {
  LAYER_CO_ASSIGN(Entry entry, find(key));
  co_return Object{.bytes = std::move(entry.bytes), .etag = std::move(entry.etag)};
}

async::Task<Result<std::optional<Object>>> MemoryStore::get_if_changed(std::string key,
                                                                       std::string etag) {
  LAYER_CO_ASSIGN(Entry entry, find(key));
  if (entry.etag == etag) {
    co_return std::nullopt;
  }
  co_return Object{.bytes = std::move(entry.bytes), .etag = std::move(entry.etag)};
}

async::Task<Result<std::string>> MemoryStore::get_range(std::string key, std::uint64_t offset,
                                                        std::uint64_t length) {
  LAYER_CO_ASSIGN(const Entry entry, find(key));
  co_return offset < entry.bytes.size() ? entry.bytes.substr(offset, length) : std::string{};
}

async::Task<Result<ObjectHead>> MemoryStore::head(std::string key) {
  LAYER_CO_ASSIGN(Entry entry, find(key));
  co_return ObjectHead{
      .size = entry.bytes.size(), .etag = std::move(entry.etag), .modified_ms = entry.modified_ms};
}

async::Task<Result<void>> MemoryStore::remove(std::string key) {
  LAYER_CO_TRY(check_key(key));
  const std::lock_guard lock(mutex_);
  entries_.erase(key);
  co_return Result<void>{};
}

async::Task<Result<Listing>> MemoryStore::list(std::string prefix, std::string after,
                                               std::size_t limit) {
  LAYER_CO_TRY(check_list(prefix, limit));
  Listing listing;
  const std::lock_guard lock(mutex_);
  auto at = after < prefix ? entries_.lower_bound(prefix) : entries_.upper_bound(after);
  for (; at != entries_.end() && at->first.starts_with(prefix); ++at) {
    if (listing.objects.size() == limit) {
      listing.more = true;
      break;
    }
    listing.objects.push_back(
        {.key = at->first, .size = at->second.bytes.size(), .modified_ms = at->second.modified_ms});
  }
  co_return listing;
}

}  // namespace layer::objects
