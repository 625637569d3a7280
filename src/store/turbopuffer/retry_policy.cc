#include "store/turbopuffer/retry_policy.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

namespace layer::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Longer than any deadline, so what asks for more is not waited for either; keeps sums in range.
constexpr double kDelayMsMax = 24.0 * 3600 * 1000;

// A call that is repeated after any failure that may pass.
bool full_retries(CallKind kind, RetryPlain retry_plain) {
  return kind == CallKind::kGatewayRead ||
         (kind == CallKind::kPlainRead && retry_plain == RetryPlain::kAll);
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, ec] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool read = ec == std::errc{} && end == text.data() + text.size();
  return read && std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

async::Duration from_ms(double ms) {
  return milliseconds(static_cast<std::int64_t>(std::min(ms, kDelayMsMax)));
}

std::optional<async::Duration> asked_delay(const http::Headers& headers, const RemoteClock& clock) {
  if (const auto text = headers.find("retry-after-ms")) {
    if (const auto ms = number(http::trim(*text))) {
      return from_ms(*ms);
    }
  }
  const auto text = headers.find("retry-after");
  if (!text) {
    return std::nullopt;
  }
  if (const auto count = number(http::trim(*text))) {
    return from_ms(*count * 1000);
  }
  if (const auto at = parse_http_date(http::trim(*text))) {
    return from_ms(static_cast<double>(std::max<std::int64_t>(*at - clock.wall_ms() / 1000, 0)) *
                   1000);
  }
  return std::nullopt;
}

}  // namespace

http::Resend resend_rule(CallKind kind, RetryPlain retry_plain) {
  if (kind == CallKind::kPlainWrite) {
    return http::Resend::kUnsent;
  }
  const bool never = kind == CallKind::kPlainRead && retry_plain == RetryPlain::kOff;
  return never ? http::Resend::kNever : http::Resend::kUnanswered;
}

std::string_view retry_reason(CallKind kind, RetryPlain retry_plain, const Error& error,
                              bool sent) {
  using http::ClientFailure;
  const auto failure = http::failure_of(error);
  if (kind == CallKind::kPlainWrite || !failure) {
    return {};
  }
  switch (*failure) {
    case ClientFailure::kResolve:
    case ClientFailure::kConnect:
      return kind == CallKind::kPlainRead && retry_plain == RetryPlain::kOff ? "" : "connect";
    case ClientFailure::kReset:
      return full_retries(kind, retry_plain) || (!sent && retry_plain == RetryPlain::kConnect)
                 ? "reset"
                 : "";
    case ClientFailure::kTls:
    case ClientFailure::kTimeout:
    case ClientFailure::kIncomplete:
    case ClientFailure::kProtocol:
    case ClientFailure::kBusy:
    case ClientFailure::kCancelled:
      return {};
  }
  return {};
}

std::string_view retry_reason(CallKind kind, RetryPlain retry_plain, int status) {
  if (!full_retries(kind, retry_plain)) {
    return {};
  }
  switch (status) {
    case 429:
      return "429";
    case 502:
      return "502";
    case 503:
      return "503";
    case 504:
      return "504";
    default:
      return {};
  }
}

async::Duration retry_delay(int attempt, const http::Headers* headers, RemoteClock& clock) {
  if (headers != nullptr) {
    if (const auto asked = asked_delay(*headers, clock)) {
      return *asked;
    }
  }
  const double base = static_cast<double>(kRetryDelayFirst / milliseconds(1)) *
                      std::pow(kRetryDelayFactor, attempt);
  return from_ms(base * (1 - kRetryJitter + 2 * kRetryJitter * clock.random()));
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  std::tm parts{};
  const std::string terminated(text.substr(0, 64));
  const char* end = ::strptime(terminated.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0' || text.size() > 64) {
    return std::nullopt;
  }
  return ::timegm(&parts);
}

}  // namespace layer::store
