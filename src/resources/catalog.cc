#include "resources/catalog.h"

namespace layer::resources {

std::vector<const Resource*> Catalog::list(Kind kind) const {
  std::vector<const Resource*> found;
  const auto add = [&]<class Spec>(const std::vector<Object<Spec>>& objects) {
    for (const Object<Spec>& object : objects) {
      if (object.kind == kind) {
        found.push_back(&object);
      }
    }
  };
  std::apply([&](const auto&... objects) { (add(objects), ...); }, objects_);
  return found;
}

}  // namespace layer::resources
