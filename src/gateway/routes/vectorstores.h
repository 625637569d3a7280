// GET /v2/vectorstores[/{name}]: the stores this gateway serves, as they are configured and as it
// finds them. Credentials appear by the name of their secret only. Thread safety: as RouteHandler.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "gateway/route_handler.h"
#include "resources/source.h"
#include "resources/status.h"
#include "resources/store_config.h"
#include "store/store_set.h"

namespace layer::gateway {

// The configuration in force; never null. The default store first, then by name.
using StoreSpecs = std::function<std::shared_ptr<const std::vector<resources::StoreSpec>>()>;

class VectorStores final : public RouteHandler {
 public:
  struct Parts {
    const store::StoreSet& stores;
    StoreSpecs specs;
    const resources::StatusTable& statuses;
  };
  explicit VectorStores(Parts parts) : parts_(std::move(parts)) {}
  // The list, or with a name in the path that store.
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  Parts parts_;
};

// A caller sees a store when its key reads something in it.
bool sees_store(const Caller& caller, std::string_view store);
Error no_such_store(std::string_view name);

}  // namespace layer::gateway
