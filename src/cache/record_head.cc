#include "cache/record_head.h"

#include <algorithm>

#include "cache/sealed.h"
#include "core/bytes.h"

namespace layer::cache {
namespace {

constexpr std::uint8_t kAttributesComplete = 1;
constexpr std::uint8_t kVectorsComplete = 2;
constexpr std::uint8_t kKept = 4;
constexpr std::uint8_t kFlags = kAttributesComplete | kVectorsComplete | kKept;
constexpr std::size_t kLeaseBytesMin = 8 + 8 + 1;

}  // namespace

bool RecordHead::fenced(std::int64_t now_ms) const {
  return now_ms < fenced_until() + kLeaseGraceMs && fenced_until() != 0;
}

std::int64_t RecordHead::fenced_until() const {
  std::int64_t until = contended_ms;
  for (const Lease& lease : leases) {
    until = std::max(until, lease.until_ms);
  }
  return until;
}

void RecordHead::add_lease(const Lease& lease, std::int64_t now_ms) {
  std::erase_if(leases, [&](const Lease& other) { return !other.live(now_ms); });
  if (leases.size() < kLeasesMax) {
    leases.push_back(lease);
  } else {
    contended_ms = std::max(fenced_until(), lease.until_ms);
  }
}

void RecordHead::drop_lease(std::uint64_t id) {
  std::erase_if(leases, [&](const Lease& lease) { return lease.id == id; });
}

Lease* RecordHead::find_lease(std::uint64_t id) {
  const auto at = std::ranges::find(leases, id, &Lease::id);
  return at == leases.end() ? nullptr : &*at;
}

std::string encode(const RecordHead& head) {
  core::ByteWriter out;
  out.fixed(head.epoch);
  out.fixed(head.generation);
  out.fixed(head.seq);
  out.fixed(static_cast<std::uint8_t>(head.state));
  out.fixed(static_cast<std::uint8_t>((head.attributes_complete ? kAttributesComplete : 0) |
                                      (head.vectors_complete ? kVectorsComplete : 0) |
                                      (head.kept ? kKept : 0)));
  out.zigzag(head.expires_ms);
  out.zigzag(head.changed_ms);
  out.zigzag(head.contended_ms);
  out.zigzag(head.stamp.ms);
  out.fixed(head.stamp.counter);
  out.fixed(head.stamp.gateway);
  out.fixed(head.body_checksum);
  out.varint(head.leases.size());
  for (const Lease& lease : head.leases) {
    out.fixed(lease.id);
    out.fixed(lease.gateway);
    out.zigzag(lease.until_ms);
  }
  return seal(SealedKind::kHead, out.str());
}

std::optional<RecordHead> decode_head(std::string_view bytes) {
  const auto content = unseal(SealedKind::kHead, bytes);
  if (!content) {
    return std::nullopt;
  }
  core::ByteReader in(*content);
  RecordHead head{.epoch = in.fixed<std::uint64_t>(),
                  .generation = in.fixed<std::uint64_t>(),
                  .seq = in.fixed<std::uint64_t>()};
  const auto state = in.fixed<std::uint8_t>();
  const auto flags = in.fixed<std::uint8_t>();
  head.expires_ms = in.zigzag();
  head.changed_ms = in.zigzag();
  head.contended_ms = in.zigzag();
  head.stamp.ms = in.zigzag();
  head.stamp.counter = in.fixed<std::uint16_t>();
  head.stamp.gateway = in.fixed<std::uint64_t>();
  head.body_checksum = in.fixed<std::uint64_t>();
  const std::size_t leases = in.count(kLeaseBytesMin);
  if (!in.ok() || state > static_cast<std::uint8_t>(RowState::kAbsent) || (flags & ~kFlags) != 0 ||
      leases > kLeasesMax) {
    return std::nullopt;
  }
  head.state = static_cast<RowState>(state);
  head.attributes_complete = (flags & kAttributesComplete) != 0;
  head.vectors_complete = (flags & kVectorsComplete) != 0;
  head.kept = (flags & kKept) != 0;
  head.leases.reserve(leases);
  for (std::size_t i = 0; i < leases; ++i) {
    Lease lease{.id = in.fixed<std::uint64_t>(), .gateway = in.fixed<std::uint64_t>()};
    lease.until_ms = in.zigzag();
    head.leases.push_back(lease);
  }
  if (!in.done()) {
    return std::nullopt;
  }
  return head;
}

}  // namespace layer::cache
