#include "app/worker_keys.h"

#include <memory>

#include "core/random.h"
#include "gateway/auth/caller.h"
#include "gateway/auth/digest.h"

namespace layer::app {
namespace {

using gateway::Scope;

constexpr std::size_t kKeyBytes = 24;
constexpr gateway::Scopes kWork{Scope::kRead, Scope::kWrite};

// A function that chooses its namespaces by labels may work on any.
std::vector<std::string> namespaces_of(const resources::PipelineSpec& spec) {
  return {spec.target_namespace};
}
std::vector<std::string> namespaces_of(const resources::FunctionSpec& spec) {
  return spec.index_selector.empty() ? spec.target_namespaces : std::vector<std::string>();
}

struct Holder {
  std::string object;
  std::vector<std::string> namespaces;
};

template <class Spec>
void add_holders(const resources::Catalog& catalog, std::vector<Holder>& out) {
  for (const auto& object : catalog.all<Spec>()) {
    if (object.in_force) {
      out.push_back({object.status_key, namespaces_of(*object.spec)});
    }
  }
}

gateway::Grants grants_of(const Holder& holder, const std::vector<std::string>& stores) {
  gateway::Grants grants{.layer = {Scope::kRead}};
  for (const std::string& store : stores) {
    gateway::StoreRight right{.scopes = kWork};
    for (const std::string& ns : holder.namespaces) {
      right.namespaces.emplace_back(ns);
    }
    grants.stores.emplace(store, std::move(right));
  }
  return grants;
}

}  // namespace

void WorkerKeys::grant(const resources::Catalog& catalog, const std::vector<std::string>& stores) {
  std::vector<Holder> holders;
  add_holders<resources::PipelineSpec>(catalog, holders);
  add_holders<resources::FunctionSpec>(catalog, holders);
  std::vector<gateway::KeyEntry> entries;
  const std::lock_guard lock(mutex_);
  std::map<std::string, core::Secret, std::less<>> keys;
  for (const Holder& holder : holders) {
    const auto known = keys_.find(holder.object);
    const core::Secret key = known == keys_.end()
                                 ? core::Secret(core::hex(core::random_bytes(kKeyBytes)))
                                 : known->second;
    keys.emplace(holder.object, key);
    entries.push_back({.digest = gateway::sha256(key.reveal()),
                       .identity = std::make_shared<const gateway::Identity>(
                           gateway::Identity{.name = "worker:" + holder.object,
                                             .kind = gateway::CallerKind::kMintedKey,
                                             .grants = grants_of(holder, stores)})});
  }
  keys_ = std::move(keys);
  source_.replace(std::make_shared<const gateway::KeyRing>(std::move(entries)));
}

core::Secret WorkerKeys::key_of(std::string_view object) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(object);
  return found == keys_.end() ? core::Secret() : found->second;
}

}  // namespace layer::app
