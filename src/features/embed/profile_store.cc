#include "features/embed/profile_store.h"

namespace layer::features::embed {
namespace {

constexpr int kChangeTriesMax = 8;

}  // namespace

std::optional<ProfileStore::Entry> ProfileStore::find(std::string_view ns) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(ns);
  if (found == by_name_.end()) {
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return *found->second;
}

void ProfileStore::keep(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_name_.find(entry.ns); found != by_name_.end()) {
    const Entries::iterator old = found->second;
    by_name_.erase(found);
    entries_.erase(old);
  }
  entries_.push_front(std::move(entry));
  by_name_.emplace(entries_.front().ns, entries_.begin());
  if (entries_.size() > options_.entries_max) {
    by_name_.erase(entries_.back().ns);
    entries_.pop_back();
  }
}

ProfilesPtr ProfileStore::known(std::string_view ns) {
  const auto entry = find(ns);
  return entry ? entry->profiles : nullptr;
}

void ProfileStore::forget(std::string_view ns) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_name_.find(ns); found != by_name_.end()) {
    const Entries::iterator old = found->second;
    by_name_.erase(found);
    entries_.erase(old);
  }
}

async::Task<Result<ProfileStore::Entry>> ProfileStore::read(std::string ns) {
  Entry entry{.ns = ns, .profiles = std::make_shared<const Profiles>()};
  auto object = co_await objects_.get(profiles_key(ns));
  if (object) {
    LAYER_CO_ASSIGN(Profiles profiles, parse_profiles(std::move(object->bytes)));
    entry.profiles = std::make_shared<const Profiles>(std::move(profiles));
    entry.etag = std::move(object->etag);
  } else if (object.error().code != ErrorCode::kNotFound) {
    co_return std::unexpected(std::move(object).error());
  }
  entry.read_at = clock_.steady();
  keep(entry);
  co_return entry;
}

async::Task<Result<ProfilesPtr>> ProfileStore::load(std::string ns) {
  const auto entry = find(ns);
  if (entry && clock_.steady() - entry->read_at < options_.ttl) {
    co_return entry->profiles;
  }
  auto fresh = co_await read(std::move(ns));
  if (fresh) {
    co_return fresh->profiles;
  }
  if (entry && fresh.error().code != ErrorCode::kCancelled) {
    co_return entry->profiles;
  }
  co_return std::unexpected(std::move(fresh).error());
}

async::Task<Result<ProfilesPtr>> ProfileStore::change(std::string ns, Change change) {
  for (int i = 0; i < kChangeTriesMax; ++i) {
    LAYER_CO_ASSIGN(Entry entry, co_await read(ns));
    LAYER_CO_ASSIGN(auto changed, change(*entry.profiles));
    if (!changed) {
      co_return entry.profiles;
    }
    entry.profiles = std::make_shared<const Profiles>(std::move(*changed));
    const auto condition =
        entry.etag.empty() ? objects::Condition::absent() : objects::Condition::match(entry.etag);
    auto etag = co_await objects_.put(profiles_key(ns), print_profiles(*entry.profiles), condition);
    if (etag) {
      entry.etag = std::move(*etag);
      entry.read_at = clock_.steady();
      keep(entry);
      co_return entry.profiles;
    }
    if (etag.error().code != ErrorCode::kConflict) {
      forget(ns);
      co_return std::unexpected(std::move(etag).error());
    }
  }
  co_return fail(ErrorCode::kConflict,
                 "the namespace's embedding profiles are being changed by others; try again");
}

}  // namespace layer::features::embed
