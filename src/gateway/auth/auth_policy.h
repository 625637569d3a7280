// How each store wants its callers checked (rule A1 of the contract): a mode a store, its stored
// credential, its own keys. Thread safety: immutable once made.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/secret.h"
#include "gateway/auth/caller.h"
#include "gateway/auth/key_ring.h"
#include "gateway/auth/scope.h"

namespace layer::gateway {

enum class AuthMode : std::uint8_t {
  kOpen,         // no check
  kPassthrough,  // the caller's bearer is the store's key
  kKeys,         // keys of the gateway's
};
std::string_view name(AuthMode mode);

// What `--auth` and inboundAuth.mode may say.
enum class AuthSetting : std::uint8_t { kDeriveFromStore, kOpen, kPassthrough, kKeys };
// Errors: kInvalidArgument, a sentence that lists the settings.
Result<AuthSetting> parse_auth_setting(std::string_view text);

// A key of inboundAuth.keys: valid on its store only, and on the deployment when that store is the
// default one.
struct StoreKey {
  std::string name;
  Scopes scopes{};
  core::Secret key{};  // empty while it is not resolved: it then opens nothing
};

struct StoreAuth {
  std::string store;
  bool is_default = false;
  // False for an embedded engine, which knows no keys: passing bearers on to it would check
  // nothing, so what would be passthrough there is open, and is reported as open.
  bool checks_keys = true;
  // inboundAuth.mode; none, also where it says no more than its default deriveFromStore: what the
  // deployment says.
  std::optional<AuthSetting> setting{};
  bool has_credential = false;  // one is configured, resolved or not
  core::Secret credential{};    // empty while it is not resolved
  std::vector<StoreKey> keys{};
};

class AuthPolicy {
 public:
  struct Rule {
    AuthMode mode = AuthMode::kKeys;
    KeyRing keys{};  // the store's own, its credential included where the mode accepts it
  };

  // Errors: all mistakes together (keys that cannot be sent as a bearer, one secret twice, ...).
  static std::expected<std::shared_ptr<const AuthPolicy>, std::vector<Error>> make(
      AuthSetting deployment, const std::vector<StoreAuth>& stores);

  // nullptr: no such store; nobody is let in.
  const Rule* find(std::string_view store) const;
  // Stores that check nobody: reason to refuse an address beyond loopback.
  std::vector<std::string> open_stores() const;

  const std::shared_ptr<const Identity>& open_identity() const { return open_; }
  const std::shared_ptr<const Identity>& passthrough_identity() const { return passthrough_; }

 private:
  std::map<std::string, Rule, std::less<>> rules_;
  std::shared_ptr<const Identity> open_;
  std::shared_ptr<const Identity> passthrough_;
};

}  // namespace layer::gateway
