// Index objects for tests, as an accepted resource would be. Thread safety: pure function.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "resources/object.h"

namespace layer::features::namespaces {

struct TestIndex {
  std::string name;
  std::string store{};
  std::string physical{};  // empty: the name
  bool stamp = true;
  bool stable = false;
  resources::Labels labels{};
};

inline resources::Object<resources::IndexSpec> index(TestIndex from) {
  resources::IndexSpec spec;
  spec.store = std::move(from.store);
  spec.physical_namespace = from.physical.empty() ? from.name : std::move(from.physical);
  spec.stamp = from.stamp;
  spec.stable = from.stable;
  spec.labels = std::move(from.labels);
  resources::Object<resources::IndexSpec> object;
  object.kind = resources::Kind::kIndex;
  object.metadata.name = std::move(from.name);
  object.in_force = true;
  object.spec = std::make_shared<const resources::IndexSpec>(std::move(spec));
  return object;
}

}  // namespace layer::features::namespaces
