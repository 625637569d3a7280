// Registers what the resources ask for: when they change, again soon while something could not be
// done, and every kRegisterEvery, because what was registered may have been removed.
// Thread safety: set() from any thread; start() and stop() from one that is not the loop's. What
// Parts refers to outlives it, and the loop runs until stop() has returned.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "async/task_group.h"
#include "core/loop_mark.h"
#include "operator/process/registrar.h"

namespace layer::workers {

inline constexpr std::chrono::seconds kRegisterEvery{30};
inline constexpr std::chrono::seconds kRegisterAgainAfter{2};

class Registration {
 public:
  struct Parts {
    async::Loop& loop;
    std::vector<std::unique_ptr<Registrar>> registrars;
    // On the loop, for every object.
    std::function<void(const Registrar::Told& told)> report;
    core::LoopMark turned{};  // of the loop, for metrics
  };
  explicit Registration(Parts parts)
      : parts_(std::move(parts)), tasks_(parts_.loop), timer_(parts_.loop.get_executor()) {}

  void start();
  void set(std::shared_ptr<const resources::Catalog> catalog);
  // Idempotent.
  void stop();

 private:
  async::Task<> run();
  std::shared_ptr<const resources::Catalog> catalog();
  // False: something is to be tried again.
  async::Task<bool> turn(std::shared_ptr<const resources::Catalog> catalog);

  Parts parts_;
  async::TaskGroup tasks_;
  async::Timer timer_;
  bool stopping_ = false;
  bool due_ = false;

  std::mutex mutex_;  // of the next two
  bool closed_ = false;
  std::shared_ptr<const resources::Catalog> catalog_ = std::make_shared<const resources::Catalog>();
};

}  // namespace layer::workers
