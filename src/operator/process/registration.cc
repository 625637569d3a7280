#include "operator/process/registration.h"

#include <boost/asio/post.hpp>

#include "async/run.h"

namespace layer::workers {

void Registration::start() {
  async::asio::post(parts_.loop, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void Registration::set(std::shared_ptr<const resources::Catalog> catalog) {
  // What is posted under the lock runs before what stop() posts after it.
  const std::lock_guard lock(mutex_);
  catalog_ = std::move(catalog);
  if (!closed_) {
    async::asio::post(parts_.loop, [this] {
      due_ = true;
      timer_.cancel();
    });
  }
}

void Registration::stop() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stopping_ = true;
    timer_.cancel();
    tasks_.cancel();
    co_await tasks_.join();
  });
}

std::shared_ptr<const resources::Catalog> Registration::catalog() {
  const std::lock_guard lock(mutex_);
  return catalog_;
}

async::Task<> Registration::run() {
  while (!stopping_) {
    due_ = false;
    const bool done = co_await turn(catalog());
    if (done) {
      parts_.turned.done();
    }
    if (stopping_ || due_) {
      continue;
    }
    timer_.expires_after(done ? kRegisterEvery : kRegisterAgainAfter);
    co_await timer_.async_wait(async::kToken);
  }
}

async::Task<bool> Registration::turn(std::shared_ptr<const resources::Catalog> catalog) {
  bool done = true;
  for (const auto& registrar : parts_.registrars) {
    const auto outcome = co_await registrar->bring_in_line(catalog);
    if (stopping_) {
      co_return false;
    }
    done = done && outcome.done;
    for (const Registrar::Told& told : outcome.told) {
      parts_.report(told);
    }
  }
  co_return done;
}

}  // namespace layer::workers
