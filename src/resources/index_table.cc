#include "resources/index_table.h"

namespace layer::resources {

std::string_view logical_namespace(const Object<IndexSpec>& object) {
  const auto discovered = object.metadata.labels.find(kDiscoveredLabel);
  const bool exact = discovered != object.metadata.labels.end() && discovered->second == "true";
  return exact && object.spec != nullptr ? std::string_view(object.spec->physical_namespace)
                                         : std::string_view(object.metadata.name);
}

IndexTable::IndexTable(std::span<const Object<IndexSpec>> indexes, std::string_view default_store) {
  for (std::uint32_t i = 0; i < indexes.size(); ++i) {
    const Object<IndexSpec>& object = indexes[i];
    const std::string logical(logical_namespace(object));
    if (object.in_force) {
      logical_.try_emplace(logical, i);
      if (object.spec->store.empty() || object.spec->store == default_store) {
        physical_.try_emplace(object.spec->physical_namespace, i);
      }
    } else if (object.spec == nullptr) {
      undecided_.try_emplace(logical, i);
    }
  }
}

std::optional<std::size_t> IndexTable::find(std::string_view namespace_name) const {
  for (const Map* map : {&logical_, &physical_}) {
    if (const auto it = map->find(namespace_name); it != map->end()) {
      return it->second;
    }
  }
  return std::nullopt;
}

bool IndexTable::is_undecided(std::string_view namespace_name) const {
  return undecided_.contains(namespace_name);
}

}  // namespace layer::resources
