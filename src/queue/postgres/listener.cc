#include "queue/postgres/listener.h"

#include <exception>

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "async/run.h"

namespace layer::queue::postgres {

void Listener::start() {
  async::asio::post(loop_, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void Listener::stop() {
  async::run_blocking(loop_, [this]() -> async::Task<> {
    stopping_ = true;
    tasks_.cancel();
    co_await tasks_.join();
  });
}

async::Task<> Listener::run() {
  while (!stopping_) {
    try {
      co_await listen();
      if (!stopping_) {
        pause_.expires_after(kRetryAfter);
        co_await pause_.async_wait(async::kToken);
      }
    } catch (const std::exception&) {
      co_return;  // cancelled between two steps
    }
  }
}

// Until the connection is lost.
async::Task<Result<void>> Listener::listen() {
  LAYER_CO_ASSIGN(const auto connection, co_await Connection::open(loop_, settings_));
  const std::string sql = fmt::format("LISTEN \"{}\"", channel_);
  LAYER_CO_TRY(co_await connection->run(Statement{.sql = sql, .prepare = false}));
  while (!stopping_) {
    on_notify_();
    LAYER_CO_TRY(co_await connection->notifications());
  }
  co_return Result<void>{};
}

std::string changes_channel(const std::string& schema) {
  return schema + "_changes";
}

}  // namespace layer::queue::postgres
