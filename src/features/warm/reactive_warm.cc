#include "features/warm/reactive_warm.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "async/run.h"

namespace layer::features::warm {

void ReactiveWarm::missed(std::string_view ns) {
  if (!is_first(ns)) {
    return;
  }
  async::asio::post(parts_.loop, [this, name = std::string(ns)] {
    if (!stopping_) {
      tasks_.spawn(start(name));
    }
  });
}

bool ReactiveWarm::is_first(std::string_view ns) {
  const auto status = parts_.cache.status();
  // Both numbers only grow.
  const std::uint64_t generation = status.epoch + status.generation + 1;
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kNamespacesMax) {
    seen_.clear();
  }
  return std::exchange(seen_[std::string(ns)], generation) != generation;
}

async::Task<> ReactiveWarm::start(std::string ns) {
  const auto place = co_await parts_.places.find(ns);
  if (!place || !place->reactive || !parts_.has_credential(*place->origin.store)) {
    co_return;
  }
  const auto job = co_await parts_.service.start({.ns = ns, .owner = "gateway"});
  if (job) {
    parts_.log.info("a read starts a warm", {{"namespace", ns}, {"job", job->spec.id}});
  } else {
    parts_.log.warn("a read could not start a warm",
                    {{"namespace", ns}, {"error", job.error().message}});
  }
}

void ReactiveWarm::stop() {
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stopping_ = true;
    tasks_.cancel();
    co_await tasks_.join();
  });
}

}  // namespace layer::features::warm
