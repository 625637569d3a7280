#include "gateway/routes/vectorstores.h"

#include <algorithm>

#include <fmt/format.h>

#include "gateway/percent.h"
#include "gateway/routes/print_status.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

std::string_view mode_name(resources::InboundMode mode) {
  switch (mode) {
    case resources::InboundMode::kDeriveFromStore:
      return "deriveFromStore";
    case resources::InboundMode::kKeys:
      return "keys";
    case resources::InboundMode::kOpen:
      return "open";
  }
  return {};
}

// What a store says of itself goes before what its resource was told.
resources::Status status_of(const resources::StoreSpec& spec,
                            const resources::StatusTable& statuses) {
  auto status = statuses.get(resources::status_key(resources::Kind::kVectorStore, spec.name));
  if (status.conditions.empty() && spec.has_credential) {
    const bool resolved = !spec.credential.empty();
    status.conditions.push_back({.type = "CredentialResolved",
                                 .status = resolved ? resources::ConditionStatus::kTrue
                                                    : resources::ConditionStatus::kFalse,
                                 .reason = resolved ? "Resolved" : "SecretNotFound",
                                 .message = spec.credential_fault});
  }
  return status;
}

void print_store(json::Writer& out, const resources::StoreSpec& spec,
                 const store::VectorStore* store, const resources::StatusTable& statuses) {
  out.begin_object()
      .member("name", spec.name)
      .member("kind", resources::name(spec.kind))
      .member("default", spec.is_default);
  out.key("endpoint").begin_object().member("url", spec.url).key("region");
  spec.region.empty() ? out.null() : out.value(spec.region);
  out.end_object();
  if (!spec.org_id.empty()) {
    out.key("turbopuffer").begin_object().member("orgId", spec.org_id).end_object();
  }
  out.key("credential").begin_object().key("secretRef");
  if (spec.credential_ref) {
    out.begin_object()
        .member("name", spec.credential_ref->name)
        .member("key", spec.credential_ref->key)
        .end_object();
  } else {
    out.null();
  }
  out.end_object();
  out.key("inboundAuth")
      .begin_object()
      .member("mode", mode_name(spec.inbound_auth.mode))
      .end_object();
  // An open breaker is the one thing known of a store without asking it.
  std::optional<bool> reachable;
  if (store != nullptr && store->status().breaker_open) {
    reachable = false;
  }
  out.key("status");
  print_status(out, status_of(spec, statuses), reachable);
  out.end_object();
}

}  // namespace

bool sees_store(const Caller& caller, std::string_view store) {
  return caller.grants().allow_some(Scope::kRead, store);
}

Error no_such_store(std::string_view name) {
  return {.code = ErrorCode::kNotFound, .message = fmt::format("there is no store '{}'", name)};
}

async::Task<Result<http::Response>> VectorStores::handle(Exchange& exchange) {
  const auto specs = parts_.specs();
  const bool one = exchange.route().id == RouteId::kStore;
  const auto name = percent_decode(exchange.match.params[0]);
  json::Writer out;
  if (!one) {
    out.begin_object().key("vectorstores").begin_array();
  }
  bool found = false;
  for (const resources::StoreSpec& spec : *specs) {
    if ((one && spec.name != name) || !sees_store(*exchange.caller, spec.name)) {
      continue;
    }
    found = true;
    print_store(out, spec, parts_.stores.find(spec.name), parts_.statuses);
  }
  if (one && !found) {
    co_return std::unexpected(no_such_store(name));
  }
  if (!one) {
    out.end_array().end_object();
  }
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
