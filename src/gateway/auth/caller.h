// Who sends a request, as the authenticator found out. It never holds a key in a form that can be
// printed. Thread safety: a plain value; the identity behind it is immutable.
// Cost: a copy is two reference counts and the bearer of a passthrough caller.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/secret.h"
#include "gateway/auth/digest.h"
#include "gateway/auth/grants.h"

namespace layer::gateway {

enum class CallerKind : std::uint8_t {
  kOpen,             // nobody was asked: the store is open
  kPassthrough,      // a bearer that only the store can judge
  kStoreCredential,  // the store's own credential, an admin key named "deriveFromStore"
  kStaticKey,        // from the keys file or a store's inboundAuth
  kMintedKey,
};

std::string_view name(CallerKind kind);

struct Identity {
  std::string name;
  CallerKind kind = CallerKind::kOpen;
  // Of a passthrough identity: the stores that are told the caller's bearer and decide themselves.
  Grants grants{};
};

class Caller {
 public:
  // `authorization` is the header's value; given for passthrough callers only.
  Caller(std::shared_ptr<const Identity> identity, const Digest& digest,
         core::Secret authorization = {})
      : identity_(std::move(identity)), digest_(digest), authorization_(std::move(authorization)) {}

  // The key's name: label "key" of metrics, owner of jobs, a field of the log. "open" and
  // "passthrough" where there is no key of the gateway's.
  const std::string& name() const { return identity_->name; }
  CallerKind kind() const { return identity_->kind; }
  bool is_passthrough() const { return kind() == CallerKind::kPassthrough; }
  const Grants& grants() const { return identity_->grants; }
  // SHA-256 of the bearer; all zero for open callers. Tells passthrough callers apart.
  const Digest& digest() const { return digest_; }
  // What store::Call::authorization takes: the caller's header for passthrough callers, else empty,
  // which means the store's own credential. Never log it.
  const std::string& authorization() const { return authorization_.reveal(); }

 private:
  std::shared_ptr<const Identity> identity_;
  Digest digest_;
  core::Secret authorization_;
};

}  // namespace layer::gateway
