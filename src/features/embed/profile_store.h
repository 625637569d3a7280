// The profiles of namespaces: in the object store and in this gateway's memory (rules S1 to S3 of
// the contract: read again when older than the time to live, also where there are none; while the
// object store fails the last known ones stay in force). Changes go by compare-and-swap.
// Thread safety: any loop, concurrently. Cost of known(): one short lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.h"
#include "features/embed/profile.h"
#include "objects/object_store.h"

namespace layer::features::embed {

using ProfilesPtr = std::shared_ptr<const Profiles>;

class ProfileStore {
 public:
  struct Options {
    std::chrono::milliseconds ttl = std::chrono::seconds(30);
    std::size_t entries_max = 100'000;  // least recently used ones go first
  };
  // Both outlive it.
  ProfileStore(objects::ObjectStore& objects, const core::Clock& clock, Options options)
      : objects_(objects), clock_(clock), options_(options) {}
  ProfileStore(const ProfileStore&) = delete;
  ProfileStore& operator=(const ProfileStore&) = delete;

  // Null: nothing is known yet.
  ProfilesPtr known(std::string_view ns);
  // Reads them where they are not known or too old. Errors: those of the object store where nothing
  // was known; kCorrupt.
  async::Task<Result<ProfilesPtr>> load(std::string ns);

  // What `change` makes of the present profiles; nullopt: nothing to change. Called again when
  // somebody else was faster. Errors: what `change` says; those of the object store; kConflict when
  // others were faster too often.
  using Change = std::function<Result<std::optional<Profiles>>(const Profiles& present)>;
  async::Task<Result<ProfilesPtr>> change(std::string ns, Change change);

  // The namespace was deleted, or another gateway changed its profiles.
  void forget(std::string_view ns);

 private:
  struct Entry {
    std::string ns;
    ProfilesPtr profiles;
    std::string etag{};  // empty: there is no object
    core::Clock::TimePoint read_at{};
  };
  using Entries = std::list<Entry>;
  std::optional<Entry> find(std::string_view ns);
  void keep(Entry entry);
  async::Task<Result<Entry>> read(std::string ns);

  objects::ObjectStore& objects_;
  const core::Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  Entries entries_;  // most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_name_;
};

}  // namespace layer::features::embed
