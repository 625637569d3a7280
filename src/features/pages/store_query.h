// One query of the gateway's own to a store: sent, waited out where the store asks to wait, read
// whole. Thread safety: any loop; a call stays on its loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "features/documents/origin.h"
#include "features/namespaces/store_metadata.h"

namespace layer::features::pages {

// What one call to the store may take, waits not counted.
inline constexpr std::chrono::seconds kCallTimeMax{60};
// The longest wait that a single 429 is granted, and the wait where it does not say.
inline constexpr std::chrono::milliseconds kRefillWaitMax{30'000};
inline constexpr std::chrono::milliseconds kRefillWaitDefault{1'000};

struct StoreReply {
  int status = 200;
  http::Headers headers{};
  std::string body{};
  bool too_large = false;  // more than `bytes_max`; then there is no body
  bool ok() const { return status == 200 && !too_large; }
};

// How long the answer asks to wait before it is tried again, within those bounds.
std::chrono::milliseconds asked_wait(const http::Headers& headers);

struct QueryLimits {
  std::chrono::seconds call_time_max = kCallTimeMax;
  std::uint64_t bytes_max = documents::kChunkBytesMax;
  bool waits = true;  // a 429 is waited out; otherwise it is the reply at once
};

// POST /query with `body`. A 429 is waited out for as long as `deadline` and `limits` allow, then
// it is the reply. Errors: those of VectorStore::send; kCancelled.
async::Task<Result<StoreReply>> query_store(const documents::Origin& origin, std::string body,
                                            async::TimePoint deadline, QueryLimits limits = {});

// A reply that is no success, as an error with the store's words and the field "upstream_status":
// kNotFound for 404, kForbidden for 401 and 403, kRateLimited for 429; kValidation for the other
// 4xx that the same call would get again; else kUpstream, which may pass.
Error refusal_of(const StoreReply& reply);

// Errors: those of VectorStore::send, and refusal_of().
async::Task<Result<namespaces::StoreMetadata>> read_metadata(const documents::Origin& origin,
                                                             async::TimePoint deadline);

}  // namespace layer::features::pages
