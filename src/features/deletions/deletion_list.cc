#include "features/deletions/deletion_list.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/bytes.h"
#include "core/random.h"

namespace layer::features::deletions {
namespace {

constexpr std::string_view kCursorPurpose = "cursor1.deletions.";
constexpr std::int64_t kCursorValidMs = 24LL * 60 * 60 * 1000;
constexpr std::size_t kCursorBytesMax = std::size_t{6} * 1024;

std::unexpected<Error> refuse(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidCursor,
                               .message = std::move(message),
                               .fields = {{.name = "reason", .value = std::string(reason)}}});
}

std::unexpected<Error> unknown_deletion(std::string_view ns, std::string_view id) {
  return fail(ErrorCode::kNotFound, fmt::format("the namespace '{}' has no deletion '{}'", ns, id));
}

}  // namespace

async::Task<Result<DeletionPage>> list_deletions(Ledger& ledger, std::string ns,
                                                 std::string before_id, std::size_t limit) {
  LAYER_CO_ASSIGN(const std::vector<std::string> ids, co_await ledger.receipt_ids(ns));
  const auto end = before_id.empty() ? ids.end() : std::ranges::lower_bound(ids, before_id);
  DeletionPage page;
  for (auto at = end; at != ids.begin() && page.receipts.size() < limit;) {
    --at;
    LAYER_CO_ASSIGN(auto stored, co_await ledger.receipt(ns, *at));
    if (!stored) {
      continue;  // its time was over
    }
    page.receipts.push_back(std::move(stored->receipt));
    const bool more = at != ids.begin();
    page.last_id = more ? *at : std::string{};
  }
  if (page.receipts.size() < limit) {
    page.last_id.clear();
  }
  co_return page;
}

async::Task<Result<Receipt>> read_deletion(Ledger& ledger, std::string ns, std::string id) {
  if (!core::is_uuid(id)) {
    co_return unknown_deletion(ns, id);
  }
  LAYER_CO_ASSIGN(auto stored, co_await ledger.receipt(ns, id));
  if (stored) {
    co_return std::move(stored->receipt);
  }
  LAYER_CO_ASSIGN(const auto intent, co_await ledger.intent(id));
  if (!intent || intent->ns != ns) {
    co_return unknown_deletion(ns, id);
  }
  co_return new_receipt(*intent);
}

std::string seal_list_cursor(std::string_view ns, std::string_view last_id, std::int64_t now_ms,
                             const core::Signer& signer) {
  core::ByteWriter out;
  out.string(ns);
  out.string(last_id);
  out.zigzag(now_ms);
  return signer.seal(kCursorPurpose, out.str());
}

Result<std::string> open_list_cursor(std::string_view cursor, std::string_view ns,
                                     std::int64_t now_ms, const core::Signer& signer) {
  if (cursor.size() > kCursorBytesMax) {
    return refuse("malformed", "a cursor has at most 6 KiB");
  }
  const auto payload = signer.open(kCursorPurpose, cursor);
  if (!payload) {
    return refuse("signature",
                  "the cursor was altered or belongs to another list; send "
                  "next_cursor as it came");
  }
  core::ByteReader in(*payload);
  const std::string_view cursor_ns = in.string();
  const std::string_view last_id = in.string();
  const std::int64_t issued_ms = in.zigzag();
  if (!in.done()) {
    return refuse("malformed", "the cursor cannot be read by this version");
  }
  if (now_ms - issued_ms > kCursorValidMs) {
    return refuse("expired", "the cursor is older than 24 h; start the list again");
  }
  if (cursor_ns != ns) {
    return refuse("mismatch", "the cursor belongs to another namespace");
  }
  return std::string(last_id);
}

}  // namespace layer::features::deletions
