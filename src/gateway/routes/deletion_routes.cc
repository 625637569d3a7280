#include "gateway/routes/deletion_routes.h"

#include "gateway/routes/cache_place.h"

namespace layer::gateway {

namespace deletions = features::deletions;

DeletionRoutes::DeletionRoutes(Parts parts)
    : ledger_(parts.objects),
      places_(std::move(parts.places)),
      purge_({.ledger = ledger_,
              .find_store = std::move(parts.find_store),
              .places = all_places(parts),
              .forget = parts.forget,
              .clock = parts.clock,
              .metrics = parts.metrics}),
      purger_({.purge = purge_,
               .ledger = ledger_,
               .clock = parts.clock,
               .metrics = parts.metrics,
               .log = parts.log,
               .loop = parts.loop}),
      deleter_({.ledger = ledger_,
                .purge = purge_,
                .purger = purger_,
                .clock = parts.clock,
                .log = parts.log}),
      delete_namespace_(deleter_, parts.proxy, {.cache = parts.cache, .metrics = &parts.metrics}),
      deletions_({.ledger = ledger_, .signer = parts.signer, .clock = parts.clock}),
      deletion_({.ledger = ledger_, .signer = parts.signer, .clock = parts.clock}) {}

std::vector<deletions::PurgePlace*> DeletionRoutes::all_places(const Parts& parts) {
  places_.push_back(std::make_unique<deletions::NamespaceStatePlace>(parts.objects));
  places_.push_back(
      std::make_unique<deletions::GatewayMemoryPlace>(parts.gateway_id, parts.forget));
  if (parts.cache != nullptr) {
    places_.push_back(std::make_unique<CachePlace>(*parts.cache));
  }
  std::vector<deletions::PurgePlace*> all;
  for (const auto& place : places_) {
    all.push_back(place.get());
  }
  return all;
}

void DeletionRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kDeleteNamespace, delete_namespace_);
  handlers.serve(RouteId::kDeleteNamespaceV1, delete_namespace_);
  handlers.serve(RouteId::kDeletions, deletions_);
  handlers.serve(RouteId::kDeletion, deletion_);
}

}  // namespace layer::gateway
