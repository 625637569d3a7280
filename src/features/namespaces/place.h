// Where a namespace lives and what its state says, for work that must know which namespace of that
// name it is. Thread safety: any loop; what is referred to outlives the await.
#pragma once

#include <memory>
#include <string>

#include "features/namespaces/routing.h"
#include "features/namespaces/state_cache.h"

namespace layer::features::namespaces {

struct Place {
  store::VectorStore* store = nullptr;          // never null
  std::string logical;                          // the name its state is kept under
  std::string physical;                         // the name in the store
  StatePtr state;                               // known
  const resources::IndexSpec* index = nullptr;  // null: nobody speaks for it
  std::shared_ptr<const RoutingTable> table;    // keeps `index`

  const resources::IndexSpec& settings() const {
    return index != nullptr ? *index : default_settings();
  }
};

// Errors: those of RoutingTable::find; kServiceUnavailable while the namespace's state cannot be
// read: what belongs to a deleted namespace could be taken for its successor's.
async::Task<Result<Place>> find_place(const Router& router, StateCache& states, std::string ns);

}  // namespace layer::features::namespaces
