// What a store, a namespace of it and this deployment can do together (rules P1 to P3 of the
// contract). Thread safety: pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "features/capabilities/deployment.h"
#include "features/namespaces/store_metadata.h"
#include "store/vector_store.h"

namespace layer::features::capabilities {

struct FeatureSupport {
  store::Support support = store::Support::kUndeclared;
  std::string_view note{};  // why it is not (fully) supported; a literal
};

// What store and deployment make of a feature. Precondition: `feature` is in the table.
FeatureSupport support_of(std::string_view feature, const store::VectorStore& store,
                          const Deployment& deployment);

// What a namespace's schema leaves of it: a namespace without vectors has no vector search. With
// stamping off, what lives by stamps is gone too.
struct NamespaceTraits {
  bool exists = true;  // otherwise its first write decides, and nothing is excluded
  bool stamp = true;
  namespaces::StoreMetadata metadata{};
};
FeatureSupport support_of(std::string_view feature, const store::VectorStore& store,
                          const Deployment& deployment, const NamespaceTraits& traits);

// The report as JSON.
std::string store_report(const store::VectorStore& store, const Deployment& deployment);
std::string namespace_report(const store::VectorStore& store, const Deployment& deployment,
                             const NamespaceTraits& traits);

// Errors: kUnsupportedByStore with the fields "feature" and "store", for a feature that the store's
// report says is unsupported; to be asked before any call.
Result<void> refuse_unsupported(std::string_view feature, const store::VectorStore& store,
                                const Deployment& deployment);

}  // namespace layer::features::capabilities
