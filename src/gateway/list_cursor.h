// Where a list goes on: behind which entry, signed and valid for 24 h (rules K1 and K3 of the
// contract); it belongs to its list. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/signer.h"

namespace layer::gateway {

// `list` says which list, with all that narrows it.
std::string seal_list_cursor(std::string_view last, std::string_view list, std::int64_t now_ms,
                             const core::Signer& signer);
// The entry it ended with. Errors: kInvalidCursor with "reason": signature, malformed, expired,
// mismatch.
Result<std::string> open_list_cursor(std::string_view cursor, std::string_view list,
                                     std::int64_t now_ms, const core::Signer& signer);

}  // namespace layer::gateway
