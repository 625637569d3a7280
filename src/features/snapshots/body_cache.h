// Bodies that were read lately. They never change, so one that is here is right. Thread safety: all
// of it, from any thread. Cost: a short lock.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "features/snapshots/body.h"

namespace layer::features::snapshots {

class BodyCache {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{64} << 20;  // of their texts

  BodyPtr find(const std::string& key);
  // `bytes`: of its text. What was used least recently goes.
  void put(const std::string& key, BodyPtr body, std::size_t bytes);
  void forget(const std::string& key);

 private:
  struct Entry {
    std::string key;
    BodyPtr body;
    std::size_t bytes = 0;
  };
  void erase(std::list<Entry>::iterator at);

  std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace layer::features::snapshots
