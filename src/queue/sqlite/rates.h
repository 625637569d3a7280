// What was finished in each minute, in SQLite. Thread safety and errors: as Database.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "queue/lease.h"
#include "queue/sqlite/database.h"

namespace layer::queue::sqlite {

enum class RatesOf : std::uint8_t { kFunctions, kPipelines };

Result<void> count_finished(Database& database, RatesOf what, std::string_view id,
                            std::uint64_t completed, std::uint64_t failed, std::int64_t now);
Result<std::vector<RateBucket>> read_rates(Database& database, RatesOf what, std::string_view id,
                                           std::int64_t now);
// Those older than kRatesKeptFor.
Result<void> forget_rates(Database& database, RatesOf what, std::int64_t now);

}  // namespace layer::queue::sqlite
