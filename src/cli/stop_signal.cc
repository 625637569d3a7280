#include "cli/stop_signal.h"

#include <csignal>

#include <algorithm>
#include <atomic>
#include <thread>

namespace layer::cli {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

std::atomic<bool> g_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

void catch_stop_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { g_stop.store(true); };
  action.sa_flags = SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

bool stop_wanted() {
  return g_stop.load();
}

bool wait_unless_stopped(std::chrono::milliseconds pause) {
  const auto until = std::chrono::steady_clock::now() + pause;
  while (!stop_wanted()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return true;
    }
    std::this_thread::sleep_for(std::min(left, kLookEvery));
  }
  return false;
}

}  // namespace layer::cli
