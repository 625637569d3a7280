// Hears what others notify through a channel of the server, on a connection of its own that is made
// again whenever it is lost. A hint, not a promise: what happens while there is no connection is
// not heard, so whoever listens also looks from time to time.
//
// Thread safety: start() and stop() from a thread that is not the loop's. The loop runs until
// stop() has returned.
#pragma once

#include <functional>
#include <string>

#include "async/task_group.h"
#include "queue/postgres/connection.h"

namespace layer::queue::postgres {

class Listener {
 public:
  static constexpr std::chrono::seconds kRetryAfter{5};

  // `on_notify`: on the loop, also when the connection was made.
  Listener(async::Loop& loop, ConnectionSettings settings, std::string channel,
           std::function<void()> on_notify)
      : loop_(loop),
        settings_(std::move(settings)),
        channel_(std::move(channel)),
        on_notify_(std::move(on_notify)),
        tasks_(loop),
        pause_(loop.get_executor()) {}

  void start();
  // Idempotent.
  void stop();

 private:
  async::Task<> run();
  async::Task<Result<void>> listen();

  async::Loop& loop_;
  ConnectionSettings settings_;
  std::string channel_;
  std::function<void()> on_notify_;
  async::TaskGroup tasks_;
  async::Timer pause_;
  bool stopping_ = false;  // of the loop
};

// Where changes of the tables in a schema are notified.
std::string changes_channel(const std::string& schema);

}  // namespace layer::queue::postgres
