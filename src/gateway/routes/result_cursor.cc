#include "gateway/routes/result_cursor.h"

#include "core/bytes.h"

namespace layer::gateway {
namespace {

constexpr std::string_view kPurpose = "cursor1.results.";
constexpr std::int64_t kValidMs = 24LL * 60 * 60 * 1000;
constexpr std::size_t kBytesMax = std::size_t{6} * 1024;

std::unexpected<Error> refuse(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidCursor,
                               .message = std::move(message),
                               .fields = {{.name = "reason", .value = std::string(reason)}}});
}

}  // namespace

std::string seal_result_cursor(std::string_view job_id, std::uint64_t offset, std::int64_t now_ms,
                               const core::Signer& signer) {
  core::ByteWriter out;
  out.string(job_id);
  out.varint(offset);
  out.zigzag(now_ms);
  return signer.seal(kPurpose, out.str());
}

Result<std::uint64_t> open_result_cursor(std::string_view cursor, std::string_view job_id,
                                         std::int64_t now_ms, const core::Signer& signer) {
  const auto payload = cursor.size() > kBytesMax ? std::nullopt : signer.open(kPurpose, cursor);
  if (!payload) {
    return refuse("signature", "the cursor was not made here, or was altered");
  }
  core::ByteReader in(*payload);
  const std::string id(in.string());
  const std::uint64_t offset = in.varint();
  const std::int64_t issued_ms = in.zigzag();
  if (!in.done()) {
    return refuse("malformed", "the cursor is not one of results");
  }
  if (id != job_id) {
    return refuse("mismatch", "the cursor belongs to another job");
  }
  if (now_ms - issued_ms > kValidMs) {
    return refuse("expired", "the cursor is older than 24 hours; begin with an offset");
  }
  return offset;
}

}  // namespace layer::gateway
