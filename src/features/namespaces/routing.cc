#include "features/namespaces/routing.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace layer::features::namespaces {
namespace {

constexpr std::string_view kSegment = "/namespaces/";

std::string physical_key(std::string_view store, std::string_view physical) {
  return fmt::format("{}/{}", store, physical);
}

store::VectorStore& must_find_default(const FindStore& find_store) {
  auto* store = find_store({});
  assert(store != nullptr);
  return *store;
}

}  // namespace

FindStore find_in(const store::StoreSet& stores) {
  return [&stores](std::string_view name) {
    return name.empty() ? &stores.default_store() : stores.find(name);
  };
}

const resources::IndexSpec& default_settings() {
  static const resources::IndexSpec kDefault{};
  return kDefault;
}

RoutingTable::RoutingTable(Indexes indexes, const FindStore& find_store)
    : indexes_(std::move(indexes)),
      default_store_(must_find_default(find_store)),
      by_name_(indexes_, default_store_.name()) {
  by_index_.resize(indexes_.size());
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    const auto& object = indexes_[i];
    if (!object.in_force) {
      continue;
    }
    Route& route = by_index_[i];
    route = {.store = find_store(object.spec->store),
             .logical = resources::logical_namespace(object),
             .physical = object.spec->physical_namespace,
             .index = object.spec.get()};
    if (route.store == nullptr) {
      continue;
    }
    physical_.emplace(physical_key(route.store->name(), route.physical), i);
    if (route.store != &default_store_ || route.logical != route.physical) {
      elsewhere_.push_back(route);
    }
  }
  std::ranges::sort(elsewhere_, {}, &Route::logical);
}

Result<Route> RoutingTable::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  if (!at) {
    if (by_name_.is_undecided(name)) {
      return fail(ErrorCode::kServiceUnavailable,
                  fmt::format("the Index of namespace '{}' was not accepted, so where the "
                              "namespace lives is unknown: see its condition Accepted",
                              name));
    }
    return Route{.store = &default_store_, .logical = name, .physical = name};
  }
  const Route& route = by_index_[*at];
  if (route.store == nullptr) {
    return fail(ErrorCode::kServiceUnavailable,
                fmt::format("namespace '{}' lies in store '{}', which is not configured", name,
                            indexes_[*at].spec->store));
  }
  return route;
}

std::optional<std::string_view> RoutingTable::logical_name(const store::VectorStore& store,
                                                           std::string_view physical) const {
  if (const auto at = physical_.find(physical_key(store.name(), physical)); at != physical_.end()) {
    return by_index_[at->second].logical;
  }
  const auto there = find(physical);
  if (there && there->store == &store && there->physical == physical) {
    return physical;
  }
  return std::nullopt;
}

Router::Router(FindStore find_store) : find_store_(std::move(find_store)) {
  publish({});
}

void Router::publish(RoutingTable::Indexes indexes) {
  table_.store(std::make_shared<const RoutingTable>(std::move(indexes), find_store_),
               std::memory_order_release);
}

std::string with_namespace(std::string_view target, std::string_view physical) {
  const std::string_view path = target.substr(0, target.find('?'));
  const auto at = path.find(kSegment);
  if (at == std::string_view::npos) {
    return std::string(target);
  }
  const auto begin = at + kSegment.size();
  const auto end = std::min(path.find('/', begin), path.size());
  std::string out;
  out.reserve(target.size() + physical.size());
  out += target.substr(0, begin);
  out += physical;
  out += target.substr(end);
  return out;
}

}  // namespace layer::features::namespaces
