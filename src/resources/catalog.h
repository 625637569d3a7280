// All resources at one moment. A source builds a new catalog for every change and swaps a
// shared_ptr<const Catalog>; a request holds the one it began with.
// Thread safety: immutable once published.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "resources/index_table.h"
#include "resources/mistake.h"
#include "resources/object.h"

namespace layer::resources {

class Catalog {
 public:
  // Sorted by name; of several objects of one name the one in force comes first.
  template <class Spec>
  const std::vector<Object<Spec>>& all() const {
    return std::get<std::vector<Object<Spec>>>(objects_);
  }
  // The object in force of that name; null when there is none.
  template <class Spec>
  const Object<Spec>* find(std::string_view name) const {
    const auto& objects = all<Spec>();
    const auto it = std::ranges::lower_bound(
        objects, name, {}, [](const auto& o) -> std::string_view { return o.metadata.name; });
    return it != objects.end() && it->metadata.name == name && it->in_force ? &*it : nullptr;
  }
  // Every object of a kind, whatever its type.
  std::vector<const Resource*> list(Kind kind) const;

  // The Index that speaks for the namespace a caller names (index_table.h), or null.
  const Object<IndexSpec>* index_for(std::string_view namespace_name) const {
    const auto at = indexes_.find(namespace_name);
    return at ? &all<IndexSpec>()[*at] : nullptr;
  }
  // See IndexTable::is_undecided. Ask only when index_for found nothing.
  bool is_undecided(std::string_view namespace_name) const {
    return indexes_.is_undecided(namespace_name);
  }

  // What is wrong with the files, for logs and `resources validate`.
  const Mistakes& mistakes() const { return mistakes_; }
  // Grows with every catalog of a source; 0 is the empty one before the first reading.
  std::uint64_t revision() const { return revision_; }

 private:
  friend class CatalogBuilder;
  std::tuple<std::vector<Object<VectorStoreSpec>>, std::vector<Object<IndexSpec>>,
             std::vector<Object<PipelineSpec>>, std::vector<Object<FunctionSpec>>,
             std::vector<Object<InfraRulesSpec>>, std::vector<Object<WarehouseSpec>>,
             std::vector<Object<ApiKeySpec>>>
      objects_;
  IndexTable indexes_;
  Mistakes mistakes_;
  std::uint64_t revision_ = 0;
};

}  // namespace layer::resources
