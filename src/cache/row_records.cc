#include "cache/row_records.h"

#include <algorithm>
#include <utility>

#include "cache/sealed.h"

namespace layer::cache {

bool RowRecord::servable(std::uint64_t epoch, std::uint64_t generation, std::int64_t now_ms,
                         bool certified) const {
  if (!version || damaged || head.epoch != epoch || head.generation != generation ||
      head.fenced(now_ms)) {
    return false;
  }
  if (!certified && head.expires_ms != 0 && now_ms >= head.expires_ms) {
    return false;
  }
  return head.state == RowState::kAbsent ||
         (head.state == RowState::kPresent && head.attributes_complete);
}

RowRecord read_row(const std::optional<Record>& record, bool with_body) {
  RowRecord row;
  if (!record) {
    return row;
  }
  row.version = record->version;
  const Bytes& head = record->bins[static_cast<std::size_t>(Bin::kHead)];
  auto decoded = head ? decode_head(*head) : std::nullopt;
  if (!decoded) {
    row.damaged = true;
    return row;
  }
  row.head = std::move(*decoded);
  if (with_body && row.head.state == RowState::kPresent) {
    row.body = record->bins[static_cast<std::size_t>(Bin::kBody)];
    row.damaged = !row.body || body_checksum(*row.body) != row.head.body_checksum;
  }
  return row;
}

Condition unchanged(const RowRecord& row) {
  return row.version ? Condition::matches(*row.version) : Condition::absent();
}

Put put_row(std::string key, RecordHead head, Bytes body, Condition condition, std::int64_t now_ms,
            bool hold) {
  using std::chrono::milliseconds;
  head.changed_ms = now_ms;
  head.body_checksum = body ? body_checksum(*body) : 0;
  const std::int64_t fenced_ms =
      head.fenced_until() == 0
          ? 0
          : std::max<std::int64_t>(0, head.fenced_until() + kLeaseGraceMs - now_ms);
  Put put{.key = std::move(key), .condition = condition};
  if (!head.kept) {
    const std::int64_t served_ms = std::max<std::int64_t>(0, head.expires_ms - now_ms);
    put.ttl = std::max(milliseconds(fenced_ms) + kFenceTtl, milliseconds(served_ms));
    if (head.state == RowState::kPresent && head.expires_ms == 0) {
      put.ttl = kNoExpiry;
    }
  }
  if (hold || fenced_ms > 0) {
    put.hold = milliseconds(fenced_ms) + kFenceTtl;
  }
  put.bins[static_cast<std::size_t>(Bin::kHead)] =
      std::make_shared<const std::string>(encode(head));
  put.bins[static_cast<std::size_t>(Bin::kBody)] = std::move(body);
  return put;
}

}  // namespace layer::cache
