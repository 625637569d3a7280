// PUT /v1/namespaces/{ns}/blobs and GET, HEAD /v1/namespaces/{ns}/blobs/{sha256}: bytes beside rows
// (section 3.17 of the contract). Thread safety: as RouteHandler.
#pragma once

#include "features/blobs/blobs.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class PutBlob final : public RouteHandler {
 public:
  // The blobs outlive the route.
  explicit PutBlob(features::blobs::Blobs& blobs) : blobs_(blobs) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  features::blobs::Blobs& blobs_;
};

class GetBlob final : public RouteHandler {
 public:
  // The blobs outlive the route.
  explicit GetBlob(features::blobs::Blobs& blobs) : blobs_(blobs) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  features::blobs::Blobs& blobs_;
};

class BlobRoutes {
 public:
  explicit BlobRoutes(features::blobs::Blobs::Parts parts)
      : blobs_(parts), put_(blobs_), get_(blobs_) {}

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers) {
    handlers.serve(RouteId::kPutBlob, put_);
    handlers.serve(RouteId::kBlob, get_);
  }
  // For a warm.
  features::blobs::Blobs& blobs() { return blobs_; }

 private:
  features::blobs::Blobs blobs_;
  PutBlob put_;
  GetBlob get_;
};

}  // namespace layer::gateway
