// What the protocol keeps of a row beside its bytes: whether they may be served, and who is writing
// it. Thread safety: plain values. Layout: docs/formats/cache-record.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/stamp.h"

namespace layer::cache {

inline constexpr std::size_t kLeasesMax = 8;
// A lease counts as live for this long after its end: clocks of gateways differ by up to this.
inline constexpr std::int64_t kLeaseGraceMs = 1000;

// A write of this row is in flight.
struct Lease {
  std::uint64_t id = 0;
  std::uint64_t gateway = 0;
  std::int64_t until_ms = 0;

  bool live(std::int64_t now_ms) const { return now_ms < until_ms + kLeaseGraceMs; }
  bool operator==(const Lease&) const = default;
};

enum class RowState : std::uint8_t { kUnknown, kPresent, kAbsent };

struct RecordHead {
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::uint64_t seq = 0;  // one more with every change
  RowState state = RowState::kUnknown;
  bool attributes_complete = false;
  bool vectors_complete = false;
  bool kept = false;              // put without expiry, because a certificate may count on it
  std::int64_t expires_ms = 0;    // not served from here on, but by a certificate; 0: never
  std::int64_t changed_ms = 0;    // when it was last written, by its writer's clock
  std::int64_t contended_ms = 0;  // a write without a place among the leases runs until here
  core::Stamp stamp{};
  std::uint64_t body_checksum = 0;  // of a body, 0 without one
  std::vector<Lease> leases{};      // at most kLeasesMax

  // Whether a write is in flight, or may be.
  bool fenced(std::int64_t now_ms) const;
  // Takes the lease in; where eight others live it becomes part of the contention instead. Leases
  // that are over are dropped.
  void add_lease(const Lease& lease, std::int64_t now_ms);
  void drop_lease(std::uint64_t id);
  Lease* find_lease(std::uint64_t id);
  // When the last lease and the contention are over; 0: there is none.
  std::int64_t fenced_until() const;

  bool operator==(const RecordHead&) const = default;
};

std::string encode(const RecordHead& head);
// nullopt: damaged, or written by another version.
std::optional<RecordHead> decode_head(std::string_view bytes);

}  // namespace layer::cache
