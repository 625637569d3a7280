// The state of namespaces as it lies in the object store. Thread safety: as ObjectStore.
#pragma once

#include "features/namespaces/state.h"
#include "objects/object_store.h"

namespace layer::features::namespaces {

class ObjectStateSource final : public StateSource {
 public:
  // The store outlives the source.
  explicit ObjectStateSource(objects::ObjectStore& objects) : objects_(objects) {}

  async::Task<Result<StateObject>> read(std::string key, std::string etag) override;

 private:
  objects::ObjectStore& objects_;
};

}  // namespace layer::features::namespaces
