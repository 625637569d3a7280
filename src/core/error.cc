#include "core/error.h"

#include <array>
#include <cstddef>

namespace layer::core {
namespace {

// In the order of ErrorCode.
constexpr std::array kTable{
    ErrorInfo{400, "invalid_json", false},
    ErrorInfo{422, "invalid_shape", false},
    ErrorInfo{400, "invalid_argument", false},
    ErrorInfo{400, "invalid_url", false},
    ErrorInfo{401, "unauthorized", false},
    ErrorInfo{403, "forbidden", false},
    ErrorInfo{404, "not_found", false},
    ErrorInfo{405, "method_not_allowed", false},
    ErrorInfo{408, "timeout", true},
    ErrorInfo{409, "conflict", true},
    ErrorInfo{413, "payload_too_large", false},
    ErrorInfo{415, "unsupported_media_type", false},
    ErrorInfo{431, "headers_too_large", false},
    ErrorInfo{429, "too_many_requests", true},
    ErrorInfo{499, "cancelled", true},
    ErrorInfo{500, "io", true},
    ErrorInfo{500, "corrupt", false},
    ErrorInfo{503, "unavailable", true},
    ErrorInfo{500, "internal", false},
    ErrorInfo{422, "validation_error", false},
    ErrorInfo{422, "invalid_cursor", false},
    ErrorInfo{422, "invalid_token", false},
    ErrorInfo{422, "UnsupportedByStore", false},
    ErrorInfo{422, "BranchAcrossStores", false},
    ErrorInfo{422, "feature_unavailable", false},
    ErrorInfo{422, "object_store_not_configured", false},
    ErrorInfo{410, "gone", false},
    ErrorInfo{409, "results_elsewhere", false},
    ErrorInfo{412, "precondition_failed", false},
    ErrorInfo{412, "read_after_timeout", true},
    ErrorInfo{429, "rate_limited", true},
    ErrorInfo{502, "upstream_error", true},
    ErrorInfo{503, "service_unavailable", true},
    ErrorInfo{503, "cache_cold", true},
    ErrorInfo{503, "store_unavailable", true},
    ErrorInfo{503, "gateway_draining", true},
    ErrorInfo{504, "gateway_timeout", true},
};
static_assert(kTable.size() == static_cast<std::size_t>(ErrorCode::kGatewayTimeout) + 1);

}  // namespace

const ErrorInfo& info(ErrorCode code) {
  return kTable[static_cast<std::size_t>(code)];
}

}  // namespace layer::core
