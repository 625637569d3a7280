#include "gateway/routes/data_routes.h"

namespace layer::gateway {

DataRoutes::DataRoutes(Parts parts, Options options)
    : settings_(parts.router, parts.states, options.settings),
      write_({.proxy = parts.proxy,
              .auth = parts.auth,
              .settings = settings_,
              .hlc = parts.hlc,
              .clock = parts.clock,
              .signer = parts.signer,
              .pool = parts.pool},
             options.writes),
      query_({.proxy = parts.proxy,
              .settings = settings_,
              .hlc = parts.hlc,
              .clock = parts.clock,
              .signer = parts.signer,
              .pool = parts.pool},
             options.writes.decoded_bytes_max),
      schema_(parts.proxy, settings_, SchemaRoute::Answer::kSchema),
      metadata_(parts.proxy, settings_, SchemaRoute::Answer::kMetadata) {}

void DataRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kWrite, write_);
  handlers.serve(RouteId::kQuery, query_);
  handlers.serve(RouteId::kExplainQuery, query_);
  handlers.serve(RouteId::kSchema, schema_);
  handlers.serve(RouteId::kUpdateSchema, schema_);
  handlers.serve(RouteId::kMetadata, metadata_);
  handlers.serve(RouteId::kMetadataV1, metadata_);
  handlers.serve(RouteId::kUpdateMetadata, metadata_);
}

}  // namespace layer::gateway
