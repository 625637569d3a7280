// Which calls are repeated after which failure, and after how long (rules U1 and U3 of the
// contract). Thread safety: plain functions.
#pragma once

#include <optional>
#include <string_view>

#include "http/client.h"
#include "store/turbopuffer/remote_clock.h"
#include "store/turbopuffer/remote_options.h"
#include "store/vector_store.h"

namespace layer::store {

inline constexpr int kRetriesMax = 2;
inline constexpr async::Duration kRetryDelayFirst = std::chrono::milliseconds(100);
inline constexpr int kRetryDelayFactor = 4;
inline constexpr double kRetryJitter = 0.5;  // either way

// Over a kept connection that turns out to be closed.
http::Resend resend_rule(CallKind kind, RetryPlain retry_plain);

// Why the call is repeated, as the metric names it: "connect", "reset", "429", "502", "503", "504".
// Empty: it is not. `sent` tells whether the store may have seen some of it.
std::string_view retry_reason(CallKind kind, RetryPlain retry_plain, const Error& error, bool sent);
std::string_view retry_reason(CallKind kind, RetryPlain retry_plain, int status);

// How long to wait before repeat `attempt` (0 is the first): what the answer's retry-after-ms or
// else its Retry-After (seconds or a date) say, else kRetryDelayFirst * kRetryDelayFactor^attempt
// with jitter. `headers` is null when there was no answer.
async::Duration retry_delay(int attempt, const http::Headers* headers, RemoteClock& clock);

// The seconds since the epoch of an HTTP date in its preferred form (RFC 9110, 5.6.7).
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace layer::store
