// What a copy or branch body needs before it goes to the store (rule B1 of the contract): the names
// of the sources as the store knows them, one store for both sides, a store that can do it. Who may
// read the source is the matter of auth/body_names.h. Thread safety: from any loop, concurrently.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/capabilities/deployment.h"
#include "features/namespaces/routing.h"

namespace layer::gateway {

class CopyBranch {
 public:
  // Both outlive it.
  CopyBranch(const features::namespaces::Router& router,
             const features::capabilities::Deployment& deployment)
      : router_(router), deployment_(deployment) {}

  // False: whatever a body sent to this namespace copies, it goes as it is and need not be read.
  bool concerns(std::string_view ns) const;

  // The body to send instead, or nullopt when it goes as it is; for bodies that copy or branch.
  // Errors: kBranchAcrossStores, kUnsupportedByStore, kServiceUnavailable (the source's store is
  // not configured). Cost: one pass over the body.
  Result<std::optional<std::string>> prepare(std::string_view ns, std::string_view body) const;

 private:
  const features::namespaces::Router& router_;
  const features::capabilities::Deployment& deployment_;
};

}  // namespace layer::gateway
