#include "gateway/list_cursor.h"

#include <xxhash.h>

#include "core/bytes.h"

namespace layer::gateway {
namespace {

constexpr std::string_view kPurpose = "cursor1.list.";
constexpr std::int64_t kValidMs = 24LL * 60 * 60 * 1000;
constexpr std::size_t kBytesMax = std::size_t{6} * 1024;

std::uint64_t fingerprint(std::string_view list) {
  return XXH3_64bits(list.data(), list.size());
}

std::unexpected<Error> refuse(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidCursor,
                               .message = std::move(message),
                               .fields = {{.name = "reason", .value = std::string(reason)}}});
}

}  // namespace

std::string seal_list_cursor(std::string_view last, std::string_view list, std::int64_t now_ms,
                             const core::Signer& signer) {
  core::ByteWriter out;
  out.varint(fingerprint(list));
  out.string(last);
  out.zigzag(now_ms);
  return signer.seal(kPurpose, out.str());
}

Result<std::string> open_list_cursor(std::string_view cursor, std::string_view list,
                                     std::int64_t now_ms, const core::Signer& signer) {
  const auto payload = cursor.size() > kBytesMax ? std::nullopt : signer.open(kPurpose, cursor);
  if (!payload) {
    return refuse("signature", "the cursor was not made here, or was altered");
  }
  core::ByteReader in(*payload);
  const std::uint64_t of = in.varint();
  std::string last(in.string());
  const std::int64_t issued_ms = in.zigzag();
  if (!in.done()) {
    return refuse("malformed", "the cursor is not one of a list");
  }
  if (of != fingerprint(list)) {
    return refuse("mismatch", "the cursor belongs to another list, or to other filters");
  }
  if (now_ms - issued_ms > kValidMs) {
    return refuse("expired", "the cursor is older than 24 hours; begin without one");
  }
  return last;
}

}  // namespace layer::gateway
