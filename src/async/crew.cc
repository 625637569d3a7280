#include "async/crew.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "async/loops.h"

namespace layer::async {

// Helpers may look at it after the caller has gone: then no part is left and `part` is not used.
struct Crew::Work {
  Work(std::size_t n, const std::function<void(std::size_t)>& p) : count(n), part(p) {}

  const std::size_t count;
  const std::function<void(std::size_t)>& part;
  std::mutex mutex{};
  std::condition_variable finished{};
  std::size_t begun = 0;
  std::size_t ended = 0;
  std::exception_ptr failure{};

  // Runs parts until all have begun.
  void work() {
    std::unique_lock lock(mutex);
    while (begun < count) {
      const std::size_t mine = begun++;
      lock.unlock();
      std::exception_ptr caught;
      try {
        part(mine);
      } catch (...) {
        caught = std::current_exception();
      }
      lock.lock();
      if (caught && !failure) {
        failure = caught;
      }
      if (++ended == count) {
        finished.notify_all();
      }
    }
  }
};

Crew::Crew(std::size_t helpers, const std::string& name) {
  for (std::size_t i = 0; i < helpers; ++i) {
    helpers_.emplace_back([this, label = fmt::format("{}-{}", name, i)] {
      name_this_thread(label);
      help();
    });
  }
}

Crew::~Crew() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  for (std::thread& helper : helpers_) {
    helper.join();
  }
}

void Crew::run(std::size_t count, const std::function<void(std::size_t)>& part) {
  const auto work = std::make_shared<Work>(count, part);
  if (count > 1 && !helpers_.empty()) {
    {
      const std::scoped_lock lock(mutex_);
      open_.push_back(work);
    }
    wanted_.notify_all();
  }
  work->work();
  {
    const std::scoped_lock lock(mutex_);
    std::erase(open_, work);
  }
  std::unique_lock lock(work->mutex);
  work->finished.wait(lock, [&] { return work->ended == work->count; });
  if (work->failure) {
    std::rethrow_exception(work->failure);
  }
}

void Crew::help() {
  std::unique_lock lock(mutex_);
  while (true) {
    wanted_.wait(lock, [this] { return stopping_ || !open_.empty(); });
    if (stopping_) {
      return;
    }
    const std::shared_ptr<Work> work = open_.front();
    lock.unlock();
    work->work();
    lock.lock();
    std::erase(open_, work);
  }
}

}  // namespace layer::async
