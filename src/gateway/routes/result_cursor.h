// Where a page of results goes on, signed and valid for 24 h (rules K1 and K3 of the contract); it
// belongs to its job. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/signer.h"

namespace layer::gateway {

std::string seal_result_cursor(std::string_view job_id, std::uint64_t offset, std::int64_t now_ms,
                               const core::Signer& signer);
// Errors: kInvalidCursor with "reason": signature, malformed, expired, mismatch.
Result<std::uint64_t> open_result_cursor(std::string_view cursor, std::string_view job_id,
                                         std::int64_t now_ms, const core::Signer& signer);

}  // namespace layer::gateway
