// A connection URL, read and made ready for a connection that never blocks: names are resolved by
// the event loop, because libpq would wait for them. Thread safety: plain values.
#pragma once

#include <map>
#include <string>

#include <libpq-fe.h>

#include "async/task.h"
#include "core/error.h"

namespace layer::queue::postgres {

struct ConnectOptions {
  std::map<std::string, std::string> values;

  // Begins to connect; null only without memory.
  PGconn* start() const;
};

// Errors: kInvalidArgument (the URL says nothing libpq could read). What the URL leaves open of
// keep-alives and names is filled in.
Result<ConnectOptions> parse_url(const std::string& url);
// The same with the addresses of its host. Further errors: kUnavailable.
async::Task<Result<ConnectOptions>> resolve(async::Loop& loop, std::string url);

// HOST:PORT/DATABASE, without user and password. Precondition: parse_url() took it.
std::string shown(const std::string& url);

// What an operator reads when no connection could be made.
Error unreachable(Error error);

}  // namespace layer::queue::postgres
