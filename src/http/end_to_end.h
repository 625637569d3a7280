// Which header fields end at the next hop (RFC 9110, 7.6.1) and which go all the way.
// Thread safety: plain functions.
#pragma once

#include <string_view>

#include "http/headers.h"

namespace layer::http {

// Fields that are one connection's business whatever `connection` says: connection, keep-alive,
// proxy-authenticate, proxy-authorization, proxy-connection, te, trailer, transfer-encoding,
// upgrade.
bool hop_by_hop(std::string_view name);

// Removes hop-by-hop fields, those named in `connection`, and content-length: a message's length is
// stated anew by whoever sends it on.
void keep_end_to_end(Headers& headers);

}  // namespace layer::http
