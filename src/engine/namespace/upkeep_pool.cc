#include "engine/namespace/upkeep_pool.h"

#include <algorithm>
#include <utility>

namespace layer::engine::ns {
namespace {

constexpr std::uint32_t kFailuresCountedMax = 7;  // pauses of 100 ms to about 13 s
constexpr std::chrono::milliseconds kFirstPause{100};

}  // namespace

UpkeepPool::UpkeepPool(std::uint32_t threads, core::Logger* logger, Pin pin)
    : logger_(logger), pin_(std::move(pin)) {
  lanes_[0].kind = Upkeep::kFlush;
  lanes_[1].kind = Upkeep::kCompact;
  for (Lane& lane : lanes_) {
    for (std::uint32_t i = 0; i < std::max(1U, threads); ++i) {
      threads_.emplace_back([this, &lane] { work(lane); });
    }
  }
}

UpkeepPool::~UpkeepPool() {
  stop();
}

void UpkeepPool::stop() {
  for (Lane& lane : lanes_) {
    const std::scoped_lock lock(lane.mutex);
    lane.stopping = true;
    lane.waiting.clear();
    lane.changed.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
  threads_.clear();
}

void UpkeepPool::schedule(const std::shared_ptr<Namespace>& target) {
  for (Lane& lane : lanes_) {
    if (target->due(lane.kind)) {
      enqueue(lane, target);
    }
  }
}

void UpkeepPool::enqueue(Lane& lane, const std::shared_ptr<Namespace>& target) {
  const std::scoped_lock lock(lane.mutex);
  if (lane.stopping) {
    return;
  }
  if (const auto running = lane.running.find(target.get()); running != lane.running.end()) {
    running->second = true;
  } else if (lane.waiting.try_emplace(target.get(), Job{.target = target, .not_before = {}})
                 .second) {
    lane.changed.notify_one();
  }
}

void UpkeepPool::work(Lane& lane) {
  std::unique_lock lock(lane.mutex);
  while (!lane.stopping) {
    const auto next = std::ranges::min_element(
        lane.waiting, {}, [](const auto& entry) { return entry.second.not_before; });
    if (next == lane.waiting.end()) {
      lane.changed.wait(lock);
      continue;
    }
    if (next->second.not_before > Clock::now()) {
      const Clock::time_point until = next->second.not_before;
      lane.changed.wait_until(lock, until);
      continue;
    }
    const Namespace* key = next->first;
    Job job = std::move(next->second);
    lane.waiting.erase(next);
    lane.running[key] = false;
    lock.unlock();
    run(lane, key, std::move(job));
    lock.lock();
  }
}

void UpkeepPool::run(Lane& lane, const Namespace* key, Job job) {
  const auto target = pin_(job.target);
  bool more = false;
  if (target != nullptr) {
    const Result<bool> done = target->upkeep(lane.kind);
    if (done) {
      more = *done;
      job.failures = 0;
      if (more) {
        schedule(target);  // a flush may have made a compaction due
      }
    } else if (done.error().code != ErrorCode::kCancelled) {
      more = true;
      job.failures = std::min(job.failures + 1, kFailuresCountedMax);
      if (logger_ != nullptr) {
        logger_->error("maintenance of a namespace failed and will be tried again",
                       {{"error", done.error().message}});
      }
    }
  }
  const std::scoped_lock lock(lane.mutex);
  const bool again = lane.running[key];
  lane.running.erase(key);
  if ((more || again) && !lane.stopping && target != nullptr) {
    job.not_before = Clock::now();
    if (job.failures > 0) {
      job.not_before += kFirstPause * (1U << job.failures);
    }
    lane.waiting.try_emplace(key, std::move(job));
    lane.changed.notify_one();
  }
}

}  // namespace layer::engine::ns
