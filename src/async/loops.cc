#include "async/loops.h"

#include <pthread.h>

#include <algorithm>

#include <fmt/format.h>

namespace layer::async {

void name_this_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

Loops::Loops(std::size_t count, const std::string& name) {
  count = std::max<std::size_t>(count, 1);
  loops_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<Loop>(1));
  }
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([loop = loops_[i].get(), label = fmt::format("{}-{}", name, i)] {
      name_this_thread(label);
      const auto guard = asio::make_work_guard(*loop);
      loop->run();
    });
  }
}

Loops::~Loops() {
  stop();
}

Loop& Loops::next() {
  return *loops_[next_.fetch_add(1, std::memory_order_relaxed) % loops_.size()];
}

void Loops::stop() {
  for (auto& loop : loops_) {
    loop->stop();
  }
  threads_.clear();
}

}  // namespace layer::async
