// GET of somebody else's address over http or https. Thread safety: one thread; blocks.
#pragma once

#include <cstddef>
#include <string>

#include "core/error.h"
#include "http/headers.h"
#include "sources/waiting.h"

namespace layer::sources {

inline constexpr int kRedirectsMax = 5;
inline constexpr milliseconds kFetchTimeMax{60'000};
inline constexpr milliseconds kFetchPatience{120'000};  // with a server that is busy

struct Fetched {
  std::string body;
  std::string link_header;
};

struct FetchOptions {
  http::Headers headers{};
  std::size_t bytes_max = 0;
  // The pause before each request, which keeps the rate.
  milliseconds pause{0};
};

// Redirects are followed, to another host without `headers`. 429 and 502 to 504 are asked again, by
// Retry-After where that is said. Errors: kUpstream with the status, kPayloadTooLarge, kTimeout,
// kCancelled when `wait` says so, those of the connection.
Result<Fetched> fetch(const std::string& url, const FetchOptions& options, const Wait& wait);

}  // namespace layer::sources
