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
};
static_assert(kTable.size() == static_cast<std::size_t>(ErrorCode::kInternal) + 1);

}  // namespace

const ErrorInfo& info(ErrorCode code) {
  return kTable[static_cast<std::size_t>(code)];
}

}  // namespace layer::core
