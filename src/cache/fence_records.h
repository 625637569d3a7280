// The small records beside the rows: what is said of a whole namespace, of the gateways that share
// the cache, and of the cache itself. Thread safety: plain values. Layout:
// docs/formats/cache-record.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/document_cache.h"
#include "cache/record_head.h"

namespace layer::cache {

inline constexpr std::size_t kOpenFencesMax = 64;

// `fence/{ns}`. Rows of another generation are not served. A fill holds only if the fill epoch is
// the one from before its origin read and no entry is open.
struct NamespaceFence {
  std::uint64_t generation = 0;
  std::uint64_t fill_epoch = 0;
  std::vector<Lease> open{};  // at most kOpenFencesMax

  Lease* find_open(std::uint64_t id);
  void drop_open(std::uint64_t id);
  // Whether an entry was left behind by a write nobody knows the outcome of.
  bool has_expired(std::int64_t now_ms) const;
  bool operator==(const NamespaceFence&) const = default;
};

// `members/{gateway}`.
struct Member {
  std::uint64_t run = 0;   // of the process: another one of the same gateway differs
  std::uint64_t beat = 0;  // one more with every renewal
  bool left = false;       // it acknowledges no writes any more
  bool operator==(const Member&) const = default;
};

// `cert/{ns}`; without rows: a warm is running, and what is put now is kept for its certificate.
struct CertificateRecord {
  Certificate certificate{};
  bool warming = false;
  bool operator==(const CertificateRecord&) const = default;
};

std::string encode(const NamespaceFence& fence);
std::string encode(const Member& member);
std::string encode(const CertificateRecord& record);
std::string encode_epoch(std::uint64_t epoch);
// nullopt: damaged, or written by another version.
std::optional<NamespaceFence> decode_fence(std::string_view bytes);
std::optional<Member> decode_member(std::string_view bytes);
std::optional<CertificateRecord> decode_certificate(std::string_view bytes);
std::optional<std::uint64_t> decode_epoch(std::string_view bytes);

// A number that was never given before, and that is above all given earlier unless the machine's
// time went back: for what must differ from a lost record's number.
std::uint64_t fresh_number(std::int64_t wall_ms);

}  // namespace layer::cache
