// The routes through which rows go in and out, wired together: writes, queries, schemas. Thread
// safety: made at start, read-only afterwards.
#pragma once

#include "gateway/cache_fence.h"
#include "gateway/routes/opaque_write.h"
#include "gateway/routes/query.h"
#include "gateway/routes/schema.h"
#include "gateway/routes/write.h"

namespace layer::gateway {

class DataRoutes {
 public:
  // All of them outlive the routes.
  struct Parts {
    Proxy& proxy;
    Authenticator& auth;
    NamespaceSettingsSource& settings;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
    const CopyBranch& copies;
    features::legs::LegReader& legs;
    features::search::Searcher& searcher;
    features::freshness::StabilitySource& stability;
    core::Metrics& metrics;
    CacheParts cache{};
    features::freshness::WriteWatch* watch = nullptr;          // null: nobody watches
    features::embed::WriteEmbedder* embed = nullptr;           // null: no models are served
    features::functions::FunctionWrites* functions = nullptr;  // null: there are none
  };
  DataRoutes(Parts parts, PeekedBody::Limits writes);

  void serve(RouteHandlers& handlers);
  RouteHandler& write() { return write_; }

 private:
  WriteRoute write_;
  QueryRoute query_;
  SchemaRoute schema_;
  SchemaRoute metadata_;  // of the older shape; what a change of metadata answers
  // Writes that are not looked into: of the schema, of the metadata, of other paths.
  OpaqueWrite update_schema_;
  OpaqueWrite update_metadata_;
  OpaqueWrite forwarded_;
};

}  // namespace layer::gateway
