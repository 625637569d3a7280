// Answers of the namespace list, kept for a few seconds. Thread safety: all of it. Cost: one lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.h"

namespace layer::features::namespaces {

class ListCache {
 public:
  struct Options {
    std::chrono::milliseconds ttl = std::chrono::seconds(10);
    std::size_t entries_max = 256;
    std::size_t bytes_max = std::size_t{32} << 20;  // of bodies and keys
  };
  ListCache(const core::Clock& clock, Options options) : clock_(clock), options_(options) {}

  // Null: none that is young enough.
  std::shared_ptr<const std::string> find(std::string_view key);
  void put(std::string key, std::shared_ptr<const std::string> body);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const std::string> body;
    core::Clock::TimePoint made_at;

    std::size_t bytes() const { return key.size() + body->size(); }
  };
  void drop_oldest();

  const core::Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // oldest first; what is found again is not younger for it
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace layer::features::namespaces
