#include "gateway/auth/caller.h"

namespace layer::gateway {

std::string_view name(CallerKind kind) {
  switch (kind) {
    case CallerKind::kOpen:
      return "open";
    case CallerKind::kPassthrough:
      return "passthrough";
    case CallerKind::kStoreCredential:
      return "store_credential";
    case CallerKind::kStaticKey:
      return "static_key";
    case CallerKind::kMintedKey:
      return "minted_key";
  }
  return {};
}

}  // namespace layer::gateway
