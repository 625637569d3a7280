// Threads that help with the parts of a piece of work that somebody waits for. The caller works
// too, so nothing waits for a helper that is busy elsewhere: with every helper busy the parts run
// one after the other, as they would without a crew.
// Thread safety: run() from many threads, also from within a part.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace layer::async {

class Crew {
 public:
  explicit Crew(std::size_t helpers, const std::string& name = "crew");
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Calls part(0) to part(count - 1), each once, and returns when all have. The first exception is
  // thrown again when they have.
  void run(std::size_t count, const std::function<void(std::size_t)>& part);

 private:
  struct Work;

  void help();

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<std::shared_ptr<Work>> open_;  // with parts that nobody has begun, as far as known
  bool stopping_ = false;
  std::vector<std::thread> helpers_;
};

}  // namespace layer::async
