// The time in a statement. Thread safety: a constant.
#pragma once

#include <string_view>

namespace layer::queue::postgres {

// $1, or where that is null the database's clock. Not now(), which stands still in a transaction
// that waits for a lock.
inline constexpr std::string_view kNow =
    "coalesce($1::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";

}  // namespace layer::queue::postgres
