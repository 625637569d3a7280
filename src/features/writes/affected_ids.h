// The ids that a store lists because the gateway asked for them, cut from an answer whose caller
// did not. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace layer::features::writes {

// The answer without upserted_ids, patched_ids and deleted_ids; nullopt: there are none.
std::optional<std::string> cut_affected_ids(std::string_view answer);

}  // namespace layer::features::writes
