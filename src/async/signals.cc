#include "async/signals.h"

#include <csignal>

namespace layer::async {

StopSignals::StopSignals(Loop& loop, std::function<void(int)> on_signal)
    : signals_(loop.get_executor(), SIGINT, SIGTERM), on_signal_(std::move(on_signal)) {
  wait();
}

void StopSignals::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) {
      return;
    }
    on_signal_(++count_);
    wait();
  });
}

}  // namespace layer::async
