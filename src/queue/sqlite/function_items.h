// Items of functions in SQLite: what happens to them, inside the writer's transaction.
// Thread safety and errors: as Database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/function_rules.h"
#include "queue/sqlite/database.h"

namespace layer::queue::sqlite {

// The epoch of a claim: higher than any before.
Result<std::uint64_t> next_epoch(Database& database);

Result<std::optional<Function>> find_function(Database& database, std::string_view id);

Result<Added> add_items(Database& database, std::string_view function,
                        const std::vector<ItemKey>& keys, AddMode mode, std::int64_t now);
Result<ClaimedItems> claim_items(Database& database, const ClaimItems& claim, std::int64_t now);
Result<Outcomes> extend_items(Database& database, std::string_view function,
                              std::string_view worker, const std::vector<ItemLease>& items,
                              std::int64_t lease_ms, std::int64_t now);
Result<Outcomes> annotate_items(Database& database, std::string_view function,
                                std::string_view worker, const std::vector<ItemNote>& items,
                                std::int64_t now);
Result<std::vector<HeldItem>> held_items(Database& database, std::string_view function,
                                         std::string_view worker,
                                         const std::vector<ItemLease>& items, std::int64_t now);
Result<Outcomes> complete_items(Database& database, std::string_view function,
                                std::string_view worker, const std::vector<ItemLease>& items,
                                bool counted, std::int64_t now);
Result<Outcomes> end_items(Database& database, std::string_view function, std::string_view worker,
                           const std::vector<Ending>& all, std::int64_t now);
Result<std::size_t> drop_items(Database& database, std::string_view function,
                               const std::vector<ItemKey>& keys);
Result<Reaped> reap_items(Database& database, std::size_t limit, std::int64_t now);
Result<std::vector<Item>> list_items(Database& database, std::string_view function,
                                     const ItemFilter& filter, const std::optional<ItemKey>& after,
                                     std::size_t limit);
Result<FunctionCounts> count_items(Database& database, std::string_view function, std::int64_t now);

}  // namespace layer::queue::sqlite
