// Namespace deletes as a whole: the routes, the purger behind them and the places it purges.
// Thread safety: made and entered at start; start() and stop() from the owner's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/log.h"
#include "features/deletions/purger.h"
#include "gateway/routes/delete_namespace.h"
#include "gateway/routes/deletions.h"

namespace layer::gateway {

class DeletionRoutes {
 public:
  struct Parts {
    objects::ObjectStore& objects;
    std::function<store::VectorStore*(std::string_view name)> find_store;
    std::function<void(std::string_view ns)> forget;  // the state this gateway remembers
    std::string gateway_id;
    // What else holds data of namespaces.
    std::vector<std::unique_ptr<features::deletions::PurgePlace>> places;
    Proxy& proxy;
    const core::Signer& signer;
    const core::Clock& clock;
    core::Metrics& metrics;
    core::Logger& log;
    async::Loop& loop;  // of the purger
    cache::DocumentCache* cache = nullptr;
  };
  // What the parts refer to outlives the routes.
  explicit DeletionRoutes(Parts parts);

  // The routes outlive `handlers`.
  void serve(RouteHandlers& handlers);
  void start() { purger_.start(); }
  // After the last request, before the loops end.
  void stop() { purger_.stop(); }

 private:
  std::vector<features::deletions::PurgePlace*> all_places(const Parts& parts);

  features::deletions::Ledger ledger_;
  std::vector<std::unique_ptr<features::deletions::PurgePlace>> places_;
  features::deletions::Purge purge_;
  features::deletions::Purger purger_;
  features::deletions::NamespaceDeleter deleter_;
  DeleteNamespace delete_namespace_;
  Deletions deletions_;
  Deletion deletion_;
};

}  // namespace layer::gateway
