// GET /v2/namespaces/{ns}/documents/{id}: one row by its id. Thread safety: as RouteHandler.
#pragma once

#include "gateway/route_handler.h"
#include "gateway/routes/document_source.h"

namespace layer::gateway {

class Document final : public RouteHandler {
 public:
  // The source outlives the route.
  explicit Document(DocumentSource& source) : source_(source) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  DocumentSource& source_;
};

// The id in the path of `exchange`, which is its first parameter.
DocumentSource::ReadIds id_in_path(const Exchange& exchange);
// `no document 7 in namespace 'docs'`
Error no_such_document(const Exchange& exchange, const wire::Id& id);

}  // namespace layer::gateway
