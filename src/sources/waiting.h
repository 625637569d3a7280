// Waiting that a signal or a test may cut short, and the retries that wait. Thread safety: one
// thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace layer::sources {

using std::chrono::milliseconds;

// False: give up, whoever runs this wants to end.
using Wait = std::function<bool(milliseconds)>;

inline constexpr milliseconds kRetryFirst{500};
inline constexpr milliseconds kRetryMax{30'000};
inline constexpr milliseconds kRetryAfterMax{600'000};  // of what a server may ask for

// "Retry-After: 120"; dates are not understood.
std::optional<milliseconds> parse_retry_after(std::string_view value);

// How long to wait before each further try, at most `patience` in all.
class Retries {
 public:
  explicit Retries(milliseconds patience) : patience_(patience) {}
  // nullopt: it has been long enough.
  std::optional<milliseconds> next(std::optional<milliseconds> asked) {
    const milliseconds pause = asked ? std::min(*asked, kRetryAfterMax) : own_;
    own_ = std::min(own_ * 2, kRetryMax);
    waited_ += pause;
    return waited_ > patience_ ? std::nullopt : std::optional(pause);
  }

 private:
  milliseconds patience_;
  milliseconds own_ = kRetryFirst;
  milliseconds waited_{0};
};

// Whether the same request may succeed later.
inline bool passes(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace layer::sources
