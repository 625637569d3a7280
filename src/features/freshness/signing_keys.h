// The keys that sign cursors and write tokens: from the option --cursor-key, else one that all
// gateways of an object store share, created by whichever comes first.
// Thread safety: free functions.
#pragma once

#include <memory>
#include <string_view>

#include "core/signer.h"
#include "objects/object_store.h"

namespace layer::features::freshness {

inline constexpr std::string_view kSigningKeyObject = "system/cursor-key";
inline constexpr std::size_t kSigningKeyBytes = 32;

// "<key>" or "<key>,<key before>": the first signs, both are accepted. Errors: kInvalidArgument.
Result<core::Signer> signer_from_option(std::string_view option);

// The keys under kSigningKeyObject; writes a random one if there is none. Errors: kCorrupt (the
// object cannot be read as keys), and those of the object store.
async::Task<Result<std::unique_ptr<core::Signer>>> load_signer(objects::ObjectStore& store);

// A key of this process alone, for a deployment without an object store: what it signs is refused
// after a restart.
core::Signer temporary_signer();

}  // namespace layer::features::freshness
