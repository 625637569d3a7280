// What an endpoint gets to see.
#pragma once

#include <string>

#include "async/crew.h"
#include "engine/namespace/catalog.h"
#include "engine/routes/background.h"
#include "engine/routes/operations.h"
#include "engine/routes/respond.h"
#include "wire/exchange.h"

namespace layer::engine::routes {

// Lives as long as the engine.
struct Services {
  ns::Catalog& catalog;
  Background& background;
  Operations& operations;
  async::Crew& crew;  // of the parts of a query
};

// One request, matched to its route. Moves with the request.
struct Call {
  Services& services;
  wire::Request request;       // an endpoint may move its body out
  std::string ns;              // decoded and checked; empty on routes without one
  std::string token;           // of .../operations/{token}
  bool first_version = false;  // the path began with /v1
  Stopwatch stopwatch;
};

using Handler = Result<wire::Response> (*)(Call& call);

}  // namespace layer::engine::routes
