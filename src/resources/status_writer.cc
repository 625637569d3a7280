#include "resources/status_writer.h"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace layer::resources {
namespace {

std::vector<SecretRef> secrets_of(const VectorStoreSpec& spec) {
  std::vector<SecretRef> refs;
  if (spec.credential) {
    refs.push_back(*spec.credential);
  }
  for (const InboundKey& key : spec.inbound_auth.keys) {
    refs.push_back(key.secret_ref);
  }
  return refs;
}

std::vector<SecretRef> secrets_of(const WarehouseSpec& spec) {
  return spec.rest && spec.rest->auth ? std::vector{spec.rest->auth->secret_ref}
                                      : std::vector<SecretRef>{};
}

template <class Spec>
void resolve(const Catalog& catalog, const SecretSource& secrets, StatusTable& table,
             std::vector<core::Secret>& values) {
  for (const Object<Spec>& object : catalog.all<Spec>()) {
    const auto refs = object.in_force ? secrets_of(*object.spec) : std::vector<SecretRef>{};
    if (refs.empty()) {
      continue;
    }
    Condition condition{.type = "CredentialResolved",
                        .status = ConditionStatus::kTrue,
                        .reason = "Resolved",
                        .message = {}};
    for (const SecretRef& ref : refs) {
      auto value = secrets.resolve(ref);
      if (!value) {
        condition.status = ConditionStatus::kFalse;
        condition.reason = value.error().code == ErrorCode::kNotFound ? "NotFound" : "Unusable";
        fmt::format_to(std::back_inserter(condition.message), "{}{}",
                       condition.message.empty() ? "" : "; ", value.error().message);
      }
      values.push_back(value ? std::move(*value) : core::Secret());
    }
    table.set(object.status_key, std::move(condition));
  }
}

}  // namespace

void write_accepted(const Catalog& catalog, StatusTable& table) {
  std::set<std::string, std::less<>> keys;
  for (std::size_t i = 0; i < kKindCount; ++i) {
    for (const Resource* resource : catalog.list(static_cast<Kind>(i))) {
      keys.insert(resource->status_key);
      table.set_observed(resource->status_key, resource->observed_generation);
      table.set(
          resource->status_key,
          {.type = "Accepted",
           .status = resource->verdict.accepted ? ConditionStatus::kTrue : ConditionStatus::kFalse,
           .reason = resource->verdict.reason,
           .message = resource->verdict.message});
    }
  }
  table.retain(keys);
}

std::vector<core::Secret> write_credentials(const Catalog& catalog, const SecretSource& secrets,
                                            StatusTable& table) {
  std::vector<core::Secret> values;
  resolve<VectorStoreSpec>(catalog, secrets, table, values);
  resolve<WarehouseSpec>(catalog, secrets, table, values);
  return values;
}

}  // namespace layer::resources
