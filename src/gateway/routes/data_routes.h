// The routes through which rows go in and out, wired together: writes, queries, schemas. Thread
// safety: made at start, read-only afterwards.
#pragma once

#include "gateway/routes/query.h"
#include "gateway/routes/schema.h"
#include "gateway/routes/write.h"
#include "gateway/stored_settings.h"

namespace layer::gateway {

class DataRoutes {
 public:
  // All of them outlive the routes.
  struct Parts {
    Proxy& proxy;
    Authenticator& auth;
    features::namespaces::Router& router;
    features::namespaces::StateCache& states;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
  };
  struct Options {
    StoredSettings::Options settings;
    PeekedBody::Limits writes;
  };
  DataRoutes(Parts parts, Options options);

  void serve(RouteHandlers& handlers);

 private:
  StoredSettings settings_;
  WriteRoute write_;
  QueryRoute query_;
  SchemaRoute schema_;
  SchemaRoute metadata_;
};

}  // namespace layer::gateway
