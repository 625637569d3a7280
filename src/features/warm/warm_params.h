// What a warm is asked for, as a job keeps it. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::features::warm {

inline constexpr std::uint32_t kPageSizeDefault = 1000;
inline constexpr std::uint32_t kPageSizeMax = 10'000;
inline constexpr std::uint32_t kThreadsDefault = 4;
inline constexpr std::uint32_t kThreadsMax = 32;
inline constexpr std::uint32_t kRowsPerSecondMax = 100'000'000;

struct WarmParams {
  std::uint32_t page_size = kPageSizeDefault;  // rows read at a time
  std::uint32_t threads = kThreadsDefault;     // parts of a page filled at the same time
  std::uint32_t rows_per_second = 0;           // 0: as fast as store and cache give
  bool verify = true;                          // count at the end and certify

  bool operator==(const WarmParams&) const = default;
};

// A JSON object; a member that is missing has its default. Errors: kValidation, with "details" that
// name the member.
Result<WarmParams> parse_params(std::string_view json);
// One member whose value is JSON text; for query strings.
Result<void> set_param(WarmParams& params, std::string_view name, std::string_view json);
std::string print_params(const WarmParams& params);

}  // namespace layer::features::warm
