// What was deleted under a name: receipts by id, and pages of them, newest first.
// Thread safety: free functions; the ledger and the signer outlive the await.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/signer.h"
#include "features/deletions/ledger.h"

namespace layer::features::deletions {

inline constexpr std::size_t kDeletionsLimitDefault = 50;
inline constexpr std::size_t kDeletionsLimitMax = 200;  // each is an object to read

struct DeletionPage {
  std::vector<Receipt> receipts;
  std::string last_id;  // of the page, when more follow; else empty
};

// At most `limit` receipts older than `before_id`; empty: from the newest on. Errors: the ledger's.
async::Task<Result<DeletionPage>> list_deletions(Ledger& ledger, std::string ns,
                                                 std::string before_id, std::size_t limit);

// A deletion that has begun and has no receipt yet is pending. Errors: kNotFound, the ledger's.
async::Task<Result<Receipt>> read_deletion(Ledger& ledger, std::string ns, std::string id);

// Where a list goes on, signed and valid for 24 h (rules K1, K3 and K7).
std::string seal_list_cursor(std::string_view ns, std::string_view last_id, std::int64_t now_ms,
                             const core::Signer& signer);
// The id. Errors: kInvalidCursor with "reason": signature, malformed, expired, mismatch.
Result<std::string> open_list_cursor(std::string_view cursor, std::string_view ns,
                                     std::int64_t now_ms, const core::Signer& signer);

}  // namespace layer::features::deletions
