// Warms that reads start (rule H14 of the contract): the first clean miss of a namespace whose
// Index has a cache of mode standard, once each time the cache has come back. Thread safety: any
// loop, concurrently. What is referred to outlives it; stop() precedes the end of the loop.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "async/task_group.h"
#include "core/log.h"
#include "features/warm/warm_service.h"

namespace layer::features::warm {

class ReactiveWarm {
 public:
  static constexpr std::size_t kNamespacesMax = 10'000;

  struct Parts {
    WarmService& service;
    const PlaceFinder& places;
    const cache::DocumentCache& cache;
    std::function<bool(const store::VectorStore&)> has_credential;
    core::Logger& log;
    async::Loop& loop;
  };
  explicit ReactiveWarm(Parts parts) : parts_(std::move(parts)), tasks_(parts_.loop) {}

  // A row of the namespace was not cached. Cheap, and does not wait.
  void missed(std::string_view ns);
  // From a thread that is not the loop's.
  void stop();

 private:
  // True once for each time the cache came back.
  bool is_first(std::string_view ns);
  async::Task<> start(std::string ns);

  Parts parts_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint64_t> seen_;  // the cache's generation, by namespace
  // The loop's own.
  async::TaskGroup tasks_;
  bool stopping_ = false;
};

}  // namespace layer::features::warm
