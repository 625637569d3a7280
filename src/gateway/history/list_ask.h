// What a list of queries or clicks was asked for, and its cursors (rules K1, K3 and K7 of the
// contract). Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/signer.h"
#include "features/history/reader.h"

namespace layer::gateway {

// A time as a query parameter: epoch ms, RFC 3339, or an age such as 24h. nullopt: absent.
// Errors: kValidation.
Result<std::optional<std::int64_t>> read_time(std::string_view query, std::string_view name,
                                              std::int64_t now_ms);
// Parameters from (inclusive) and to (exclusive). Errors: kValidation.
Result<features::history::TimeRange> read_range(std::string_view query, std::int64_t now_ms);
// The same and tag, client_id, query_id, raw_query, before; of clicks also trace_id and action.
Result<features::history::Selection> read_selection(std::string_view query,
                                                    features::history::RecordKind kind,
                                                    std::int64_t now_ms);

// A list's cursor holds for the same namespace, kind and selection, 24 h.
struct ListName {
  std::string_view ns;
  features::history::RecordKind kind;
  const features::history::Selection& selection;
};
std::string seal_history_cursor(const ListName& list, const features::history::Position& last,
                                std::int64_t now_ms, const core::Signer& signer);
// Errors: kInvalidCursor with "reason": signature, malformed, expired, mismatch.
Result<features::history::Position> open_history_cursor(std::string_view cursor,
                                                        const ListName& list, std::int64_t now_ms,
                                                        const core::Signer& signer);

}  // namespace layer::gateway
