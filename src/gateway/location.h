// Locations in a store's answers (rule T3 of the contract). Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"

namespace layer::gateway {

// `location` with the caller's origin in place of the store's; nullopt: leave it as it is, because
// it is relative or leads elsewhere. `store_origin` is VectorStore::origin(), empty for a store
// without one.
//
// The caller's origin is the request's Host with the listener's scheme; a proxy in front that ends
// TLS says so in X-Forwarded-Proto. That header is believed from anyone: it changes nothing but
// the address told to whoever sent it.
std::optional<std::string> caller_location(std::string_view location, std::string_view store_origin,
                                           const http::Headers& request, bool tls);

}  // namespace layer::gateway
