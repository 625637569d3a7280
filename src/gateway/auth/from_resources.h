// From the deployment's store configuration to what authentication takes. Thread safety: pure
// functions over values.
#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "core/error.h"
#include "gateway/auth/auth_policy.h"
#include "resources/store_config.h"

namespace layer::gateway {

// `inboundAuth.mode` deriveFromStore is its default and leaves the word to the deployment's.
StoreAuth store_auth_of(const resources::StoreSpec& store);

// Errors: as AuthPolicy::make().
std::expected<std::shared_ptr<const AuthPolicy>, std::vector<Error>> make_policy(
    AuthSetting deployment, const std::vector<resources::StoreSpec>& stores);

}  // namespace layer::gateway
