// The body of POST /v2/namespaces/{ns}/init. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.h"

namespace layer::features::layout {

struct InitParams {
  std::optional<std::uint32_t> schema_version{};  // at least 1
  std::optional<std::uint32_t> shard_count{};     // 1 to kLayoutShardsMax
  std::optional<bool> scatter_queries{};          // scatter "all", not "scans"
  bool reshard = false;                           // another shard_count may replace the present one

  bool operator==(const InitParams&) const = default;
};

// An empty body asks for the defaults. Errors: kValidation, its field "details" names the member.
Result<InitParams> parse_init(std::string_view body);

}  // namespace layer::features::layout
