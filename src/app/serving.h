// What a server process serves: the store alone, or the gateway. The process owns the listeners and
// tells when the service begins, drains and ends. Thread safety: the handlers on any loop; the rest
// from the owner's thread, refuse() from any.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "http/message.h"

namespace layer::app {

class Serving {
 public:
  virtual ~Serving() = default;
  virtual http::Handler& main_handler() = 0;
  virtual http::Handler& admin_handler() = 0;
  // The listeners are open; requests arrive at `url`.
  virtual void ready(const std::string& url) = 0;
  // Draining has begun: /ready says so, requests are still served.
  virtual void drain() = 0;
  // Draining has begun: whoever needs this service to finish does so. Blocks.
  virtual void finish_workers() {}
  // The delay is over; new requests are refused from now on, and after `patience` nothing is worth
  // waiting for. False: this service does not refuse, its listener is simply closed.
  virtual bool refuse(async::Duration patience) = 0;
  // After the listeners are closed: background work ends, files are closed.
  virtual void stop() = 0;
};

// Why a process does not start: everything that is wrong, and its exit code.
struct StartFailure {
  std::vector<Error> faults;
  int exit_code = 1;
};
template <class T>
using Started = std::expected<T, StartFailure>;

inline std::unexpected<StartFailure> cannot_start(Error error, int exit_code = 1) {
  return std::unexpected(StartFailure{.faults = {std::move(error)}, .exit_code = exit_code});
}

}  // namespace layer::app
