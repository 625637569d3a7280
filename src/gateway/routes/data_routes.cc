#include "gateway/routes/data_routes.h"

namespace layer::gateway {

DataRoutes::DataRoutes(Parts parts, PeekedBody::Limits writes)
    : write_({.proxy = parts.proxy,
              .auth = parts.auth,
              .settings = parts.settings,
              .hlc = parts.hlc,
              .clock = parts.clock,
              .signer = parts.signer,
              .pool = parts.pool,
              .copies = &parts.copies,
              .cache = parts.cache,
              .watch = parts.watch,
              .embed = parts.embed,
              .functions = parts.functions,
              .metrics = &parts.metrics},
             writes),
      query_({.proxy = parts.proxy,
              .settings = parts.settings,
              .hlc = parts.hlc,
              .clock = parts.clock,
              .signer = parts.signer,
              .pool = parts.pool,
              .stability = parts.stability,
              .metrics = parts.metrics,
              .legs = parts.legs,
              .searcher = parts.searcher},
             writes.decoded_bytes_max),
      schema_(parts.proxy, parts.settings, SchemaRoute::Answer::kSchema),
      metadata_(parts.proxy, parts.settings, SchemaRoute::Answer::kMetadata),
      update_schema_({parts.proxy, parts.settings, parts.cache, parts.watch}, schema_),
      update_metadata_({parts.proxy, parts.settings, parts.cache, parts.watch}, metadata_),
      forwarded_({parts.proxy, parts.settings, parts.cache, parts.watch}, parts.proxy) {}

void DataRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kWrite, write_);
  handlers.serve(RouteId::kWriteAsync, write_);
  handlers.serve(RouteId::kQuery, query_);
  handlers.serve(RouteId::kMultiQuery, query_);
  handlers.serve(RouteId::kExplainQuery, query_);
  handlers.serve(RouteId::kSchema, schema_);
  handlers.serve(RouteId::kUpdateSchema, update_schema_);
  handlers.serve(RouteId::kMetadataV1, metadata_);
  handlers.serve(RouteId::kUpdateMetadata, update_metadata_);
  handlers.serve(RouteId::kWriteV1, forwarded_);
  handlers.serve(RouteId::kOperation, forwarded_);
  handlers.serve(RouteId::kOpaqueWrite, forwarded_);
}

}  // namespace layer::gateway
