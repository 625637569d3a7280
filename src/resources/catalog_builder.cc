#include "resources/catalog_builder.h"

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "resources/status.h"

namespace layer::resources {
namespace {

Verdict refused(std::string reason, std::string message) {
  return {.accepted = false, .reason = std::move(reason), .message = std::move(message)};
}

// Pointers to the objects in force, the oldest first.
template <class Spec>
std::vector<Object<Spec>*> by_age(std::vector<Object<Spec>>& objects) {
  std::vector<Object<Spec>*> all;
  for (Object<Spec>& object : objects) {
    if (object.in_force) {
      all.push_back(&object);
    }
  }
  std::ranges::sort(all, {}, [](const auto* object) { return object->metadata.creation_order; });
  return all;
}

void take_out(Resource& object, Verdict verdict, std::string path, Mistakes& mistakes) {
  mistakes.push_back({.origin = object.origin,
                      .object = status_key(object.kind, object.metadata.name),
                      .path = std::move(path),
                      .message = verdict.message,
                      .hint = {},
                      .reason = verdict.reason});
  object.verdict = std::move(verdict);
  object.in_force = false;
}

std::string place(const Origin& origin) {
  return fmt::format("{}:{}", origin.file, origin.at.line);
}

// The object's typed form at the end of its kind's list.
template <std::size_t... I>
void append(auto& lists, Resource resource, const std::shared_ptr<const AnySpec>& spec,
            std::index_sequence<I...>) {
  const auto add = [&]<std::size_t At>() {
    if (static_cast<std::size_t>(resource.kind) == At) {
      using Spec = std::variant_alternative_t<At, AnySpec>;
      Object<Spec> object;
      static_cast<Resource&>(object) = std::move(resource);
      if (spec != nullptr) {
        object.spec = std::shared_ptr<const Spec>(spec, &std::get<At>(*spec));
      }
      std::get<At>(lists).push_back(std::move(object));
      return true;
    }
    return false;
  };
  (void)(add.template operator()<I>() || ...);
}

}  // namespace

CatalogBuilder::Groups CatalogBuilder::group(std::span<const FileObjects> files) {
  Groups groups;
  std::map<std::string, std::uint64_t> orders;
  for (const FileObjects& file : files) {
    std::map<std::string, int> seen;  // a file may hold one name twice
    for (const ParsedObject& object : file.objects) {
      const std::string key = status_key(object.kind, object.name);
      const std::string instance = fmt::format("{}@{}#{}", key, file.name, ++seen[key]);
      const auto known = orders_.find(instance);
      const std::uint64_t order = known == orders_.end() ? next_order_++ : known->second;
      orders.emplace(instance, order);
      groups[key].push_back({.object = &object, .file = &file, .order = order});
    }
  }
  orders_ = std::move(orders);
  std::erase_if(memories_, [&](const auto& entry) { return !groups.contains(entry.first); });
  return groups;
}

void CatalogBuilder::remember(Memory& memory, const ParsedObject& object, bool parses) {
  if (memory.generation == 0 || (parses && object.fingerprint != memory.fingerprint)) {
    ++memory.generation;
    memory.fingerprint = object.fingerprint;
  }
  if (object.spec != nullptr && memory.fingerprint == object.fingerprint) {
    memory.accepted_generation = memory.generation;
    memory.spec = object.spec;
    memory.spec_json = object.spec_json;
  }
}

void CatalogBuilder::add_group(Catalog& catalog, const std::string& key,
                               std::vector<Instance>& instances) {
  std::ranges::sort(instances, {}, &Instance::order);
  Memory& memory = memories_[key];
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const ParsedObject& object = *instances[i].object;
    const FileObjects& file = *instances[i].file;
    Resource resource;
    resource.kind = object.kind;
    resource.metadata.name = object.name;
    resource.metadata.labels = object.labels;
    resource.metadata.annotations = object.annotations;
    resource.origin = object.origin;
    resource.verdict =
        file.parse_error.empty() ? object.verdict : refused("ParseError", file.parse_error);
    if (i > 0) {
      resource.status_key = fmt::format("{}@{}#{}", key, file.name, i);
      resource.metadata.creation_order = instances[i].order;
      resource.metadata.generation = 1;
      resource.spec_json = object.spec_json;
      take_out(resource,
               refused("DuplicateName", fmt::format("{} is already defined at {}", key,
                                                    place(instances[0].object->origin))),
               "metadata.name", catalog.mistakes_);
      append(catalog.objects_, std::move(resource), nullptr,
             std::make_index_sequence<kKindCount>{});
      continue;
    }
    remember(memory, object, file.parse_error.empty());
    memory.order = memory.order == 0 ? instances[i].order : memory.order;
    resource.status_key = key;
    resource.metadata.creation_order = memory.order;
    resource.metadata.generation = memory.generation;
    resource.observed_generation = memory.accepted_generation;
    resource.in_force = memory.spec != nullptr;
    resource.spec_json = memory.spec_json;
    append(catalog.objects_, std::move(resource), memory.spec,
           std::make_index_sequence<kKindCount>{});
  }
}

void CatalogBuilder::refuse_second_defaults(Catalog& catalog) const {
  const Object<VectorStoreSpec>* first = nullptr;
  for (auto* store : by_age(std::get<std::vector<Object<VectorStoreSpec>>>(catalog.objects_))) {
    if (store->spec->is_default && first != nullptr) {
      take_out(*store,
               refused("DuplicateDefault",
                       fmt::format("VectorStore/{} at {} is the default store already",
                                   first->metadata.name, place(first->origin))),
               "spec.default", catalog.mistakes_);
    } else if (store->spec->is_default) {
      first = store;
    }
  }
}

std::string CatalogBuilder::default_store(const Catalog& catalog) const {
  const auto& stores = catalog.all<VectorStoreSpec>();
  for (const auto& store : stores) {
    if (store.in_force && (store.spec->is_default || stores.size() == 1)) {
      return store.metadata.name;
    }
  }
  return default_store_;
}

void CatalogBuilder::refuse_second_backends(Catalog& catalog) const {
  const std::string usual = default_store(catalog);
  std::map<std::pair<std::string, std::string>, const Resource*> backends;
  std::map<std::string, const Resource*, std::less<>> logical;
  for (auto* index : by_age(std::get<std::vector<Object<IndexSpec>>>(catalog.objects_))) {
    const std::string& store = index->spec->store.empty() ? usual : index->spec->store;
    const std::string& physical = index->spec->physical_namespace;
    const auto [backend, is_first] = backends.try_emplace({store, physical}, index);
    if (!is_first) {
      take_out(
          *index,
          refused("DuplicateBackend",
                  fmt::format("namespace '{}' of {} already belongs to Index/{} at {}", physical,
                              store.empty() ? "the default store" : "store '" + store + "'",
                              backend->second->metadata.name, place(backend->second->origin))),
          "spec.backend", catalog.mistakes_);
      continue;
    }
    const auto [name, is_new] = logical.try_emplace(std::string(logical_namespace(*index)), index);
    if (!is_new) {
      backends.erase(backend);
      take_out(*index,
               refused("DuplicateNamespace",
                       fmt::format("callers reach Index/{} at {} by the name '{}' already",
                                   name->second->metadata.name, place(name->second->origin),
                                   name->first)),
               "spec.backend", catalog.mistakes_);
    }
  }
}

std::shared_ptr<const Catalog> CatalogBuilder::build(std::span<const FileObjects> files) {
  auto catalog = std::make_shared<Catalog>();
  catalog->revision_ = ++revision_;
  for (const FileObjects& file : files) {
    catalog->mistakes_.insert(catalog->mistakes_.end(), file.mistakes.begin(), file.mistakes.end());
  }
  auto groups = group(files);
  for (auto& [key, instances] : groups) {
    add_group(*catalog, key, instances);
  }
  refuse_second_defaults(*catalog);
  refuse_second_backends(*catalog);
  catalog->indexes_ = IndexTable(catalog->all<IndexSpec>(), default_store(*catalog));
  std::ranges::sort(catalog->mistakes_, {}, [](const Mistake& mistake) {
    return std::tie(mistake.origin.file, mistake.origin.at);
  });
  return catalog;
}

}  // namespace layer::resources
