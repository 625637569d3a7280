// GET /v2/models: the embedding models that this gateway serves (rule EM3 of the contract). Thread
// safety: as RouteHandler.
#pragma once

#include "features/embed/models.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class ModelsRoute final : public RouteHandler {
 public:
  // The models outlive the route.
  explicit ModelsRoute(const features::embed::Models& models) : models_(models) {}
  async::Task<Result<http::Response>> handle(Exchange&) override {
    co_return http::json_response(200, features::embed::print_models(models_));
  }

 private:
  const features::embed::Models& models_;
};

}  // namespace layer::gateway
