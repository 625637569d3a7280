// Which vector stores there are. In this precedence (rule ST1 of the contract): --store-file,
// --store-json, VectorStore resources, else one implicit store `default` from --upstream, --region
// and --upstream-key. Thread safety: free functions over values; they read files and secrets, so
// call them off the event loops.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resources/catalog.h"
#include "resources/mistake.h"
#include "resources/secrets.h"

namespace layer::resources {

enum class StoreKind : std::uint8_t { kTurbopuffer, kEmbedded };
std::string_view name(StoreKind kind);

// A static key that callers of a store may use, with its value.
struct ResolvedKey {
  std::string name;
  std::vector<std::string> scopes;
  SecretRef ref{};
  core::Secret value{};  // empty: not resolved, the key opens nothing
};

struct ResolvedInboundAuth {
  InboundMode mode = InboundMode::kDeriveFromStore;
  std::vector<ResolvedKey> keys;
};

struct StoreSpec {
  std::string name;
  StoreKind kind = StoreKind::kTurbopuffer;
  std::string url;
  std::string region;
  bool is_default = false;
  // The spec names a stored credential. With `credential` empty it could not be resolved yet: the
  // store's namespaces answer 503 until it can.
  bool has_credential = false;
  core::Secret credential;
  std::string credential_fault;             // why it is not (or no longer) resolvable; empty: it is
  std::optional<SecretRef> credential_ref;  // none for the implicit store's key
  ResolvedInboundAuth inbound_auth;
  std::string org_id;
  std::string rate_card;
};

// The texts of the options, empty when not given.
struct StoreOptions {
  std::string store_file;  // a path
  std::string store_json;  // JSON or YAML
  std::string upstream;
  std::string region = "aws-us-east-1";
  std::string upstream_key;
};

// All stores, the default one first, then by name; or every fault at once. `previous` (may be
// empty) keeps a credential's last value in force while its secret cannot be read.
std::expected<std::vector<StoreSpec>, Mistakes> configure_stores(
    const StoreOptions& options, const Catalog& catalog, const SecretSource& secrets,
    const std::vector<StoreSpec>& previous);

}  // namespace layer::resources
