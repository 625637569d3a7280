// What one event loop of the server owns: its connections, their time-outs and join.
#pragma once

#include <ctime>
#include <list>
#include <string>

#include "async/task_group.h"
#include "async/ticker.h"

namespace layer::http {

class Connection;

struct ServerLoop {
  ServerLoop(async::Loop& event_loop, async::Duration tick)
      : loop(event_loop), ticker(event_loop, tick), tasks(event_loop) {}

  // The value of the date header, printed once a second.
  const std::string& date();

  async::Loop& loop;
  async::Ticker ticker;
  async::TaskGroup tasks;
  std::list<Connection*> connections;

 private:
  std::time_t date_second_ = 0;
  std::string date_;
};

}  // namespace layer::http
