// The threads behind the writes: two lanes for all namespaces, so that a long compaction never
// keeps recent writes from being flushed. Work that fails is tried again after a pause that grows.
// Thread safety: all members from many threads.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/log.h"
#include "engine/namespace/namespace.h"

namespace layer::engine::ns {

class UpkeepPool {
 public:
  // Keeps a namespace open while work runs; null when it was closed meanwhile, and somebody else
  // may have opened its files again.
  using Pin = std::function<std::shared_ptr<Namespace>(const std::weak_ptr<Namespace>&)>;

  // `threads` a lane. `logger` may be null.
  UpkeepPool(std::uint32_t threads, core::Logger* logger, Pin pin);
  ~UpkeepPool();  // as stop()
  UpkeepPool(const UpkeepPool&) = delete;
  UpkeepPool& operator=(const UpkeepPool&) = delete;

  // Does whatever of it is due. Cheap when nothing is, or when it is queued already.
  void schedule(const std::shared_ptr<Namespace>& target);
  // Tells running work to give up and waits for it.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Job {
    std::weak_ptr<Namespace> target;
    Clock::time_point not_before;
    std::uint32_t failures = 0;
  };
  struct Lane {
    Upkeep kind = Upkeep::kFlush;
    std::mutex mutex;
    std::condition_variable changed;
    std::map<const Namespace*, Job> waiting;
    // Running, and whether somebody asked again meanwhile.
    std::map<const Namespace*, bool> running;
    bool stopping = false;
  };

  void enqueue(Lane& lane, const std::shared_ptr<Namespace>& target);
  void work(Lane& lane);
  void run(Lane& lane, const Namespace* key, Job job);

  core::Logger* logger_;
  Pin pin_;
  std::array<Lane, 2> lanes_;
  std::vector<std::thread> threads_;
};

}  // namespace layer::engine::ns
