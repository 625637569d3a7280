#include "cache/fence_records.h"

#include <algorithm>

#include "cache/sealed.h"
#include "core/bytes.h"
#include "core/random.h"

namespace layer::cache {
namespace {

constexpr std::size_t kLeaseBytesMin = 8 + 8 + 1;
constexpr unsigned kRandomBits = 20;

}  // namespace

Lease* NamespaceFence::find_open(std::uint64_t id) {
  const auto at = std::ranges::find(open, id, &Lease::id);
  return at == open.end() ? nullptr : &*at;
}

void NamespaceFence::drop_open(std::uint64_t id) {
  std::erase_if(open, [&](const Lease& entry) { return entry.id == id; });
}

bool NamespaceFence::has_expired(std::int64_t now_ms) const {
  return std::ranges::any_of(open, [&](const Lease& entry) { return !entry.live(now_ms); });
}

std::string encode(const NamespaceFence& fence) {
  core::ByteWriter out;
  out.fixed(fence.generation);
  out.fixed(fence.fill_epoch);
  out.varint(fence.open.size());
  for (const Lease& entry : fence.open) {
    out.fixed(entry.id);
    out.fixed(entry.gateway);
    out.zigzag(entry.until_ms);
  }
  return seal(SealedKind::kFence, out.str());
}

std::optional<NamespaceFence> decode_fence(std::string_view bytes) {
  const auto content = unseal(SealedKind::kFence, bytes);
  if (!content) {
    return std::nullopt;
  }
  core::ByteReader in(*content);
  NamespaceFence fence{.generation = in.fixed<std::uint64_t>(),
                       .fill_epoch = in.fixed<std::uint64_t>()};
  const std::size_t open = in.count(kLeaseBytesMin);
  if (!in.ok() || open > kOpenFencesMax) {
    return std::nullopt;
  }
  fence.open.reserve(open);
  for (std::size_t i = 0; i < open; ++i) {
    Lease entry{.id = in.fixed<std::uint64_t>(), .gateway = in.fixed<std::uint64_t>()};
    entry.until_ms = in.zigzag();
    fence.open.push_back(entry);
  }
  return in.done() ? std::optional(std::move(fence)) : std::nullopt;
}

std::string encode(const Member& member) {
  core::ByteWriter out;
  out.fixed(member.run);
  out.fixed(member.beat);
  out.fixed(static_cast<std::uint8_t>(member.left));
  return seal(SealedKind::kMember, out.str());
}

std::optional<Member> decode_member(std::string_view bytes) {
  const auto content = unseal(SealedKind::kMember, bytes);
  if (!content) {
    return std::nullopt;
  }
  core::ByteReader in(*content);
  Member member{.run = in.fixed<std::uint64_t>(), .beat = in.fixed<std::uint64_t>()};
  const auto left = in.fixed<std::uint8_t>();
  member.left = left == 1;
  return in.done() && left <= 1 ? std::optional(member) : std::nullopt;
}

std::string encode(const CertificateRecord& record) {
  const Certificate& certificate = record.certificate;
  core::ByteWriter out;
  out.fixed(certificate.epoch);
  out.fixed(certificate.generation);
  out.zigzag(certificate.watermark_ms);
  out.zigzag(certificate.warmed_at_ms);
  out.fixed(certificate.rows);
  out.fixed(certificate.losses);
  out.fixed(certificate.gateway);
  out.fixed(static_cast<std::uint8_t>((certificate.certified ? 1 : 0) | (record.warming ? 2 : 0)));
  return seal(SealedKind::kCertificate, out.str());
}

std::optional<CertificateRecord> decode_certificate(std::string_view bytes) {
  const auto content = unseal(SealedKind::kCertificate, bytes);
  if (!content) {
    return std::nullopt;
  }
  core::ByteReader in(*content);
  CertificateRecord record;
  Certificate& certificate = record.certificate;
  certificate.epoch = in.fixed<std::uint64_t>();
  certificate.generation = in.fixed<std::uint64_t>();
  certificate.watermark_ms = in.zigzag();
  certificate.warmed_at_ms = in.zigzag();
  certificate.rows = in.fixed<std::uint64_t>();
  certificate.losses = in.fixed<std::uint64_t>();
  certificate.gateway = in.fixed<std::uint64_t>();
  const auto flags = in.fixed<std::uint8_t>();
  certificate.certified = (flags & 1) != 0;
  record.warming = (flags & 2) != 0;
  return in.done() && flags <= 3 ? std::optional(record) : std::nullopt;
}

std::string encode_epoch(std::uint64_t epoch) {
  core::ByteWriter out;
  out.fixed(epoch);
  return seal(SealedKind::kEpoch, out.str());
}

std::optional<std::uint64_t> decode_epoch(std::string_view bytes) {
  const auto content = unseal(SealedKind::kEpoch, bytes);
  if (!content) {
    return std::nullopt;
  }
  core::ByteReader in(*content);
  const auto epoch = in.fixed<std::uint64_t>();
  return in.done() ? std::optional(epoch) : std::nullopt;
}

std::uint64_t fresh_number(std::int64_t wall_ms) {
  return (static_cast<std::uint64_t>(wall_ms) << kRandomBits) |
         (core::random_u64() & ((std::uint64_t{1} << kRandomBits) - 1));
}

}  // namespace layer::cache
