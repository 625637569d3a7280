// Verdicts on bearers, remembered for a while, the least used forgotten first.
// Thread safety: none; its owner locks. Bounds: the number of entries; each takes the bytes of its
// key and some 150 more.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "async/task.h"

namespace layer::gateway {

class Verdicts {
 public:
  explicit Verdicts(std::size_t entries_max) : entries_max_(entries_max) {}

  // nullopt: not known, or too old.
  std::optional<bool> find(std::string_view key, async::TimePoint now);
  void put(std::string_view key, bool allowed, async::TimePoint until);
  std::size_t size() const { return by_key_.size(); }

 private:
  struct Entry {
    std::string key;
    bool allowed;
    async::TimePoint until;
  };
  std::size_t entries_max_;
  std::list<Entry> by_use_;  // latest first
  // The keys are those of the entries, which do not move.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace layer::gateway
