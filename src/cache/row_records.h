// A row's record taken apart and put together. Thread safety: plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cache/record_head.h"
#include "cache/record_store.h"

namespace layer::cache {

inline constexpr BinSet kHeadBin = BinSet{}.with(Bin::kHead);
inline constexpr BinSet kRowBins = kHeadBin.with(Bin::kBody);
// An absent row is served for this long; a record without a row stays for this long after its last
// lease, so that a fill from before the write always finds it.
inline constexpr std::chrono::milliseconds kAbsentTtl{60'000};
inline constexpr std::chrono::milliseconds kFenceTtl{60'000};

struct RowRecord {
  RecordHead head{};
  Bytes body{};
  std::optional<std::uint64_t> version{};  // nullopt: there is no record
  bool damaged = false;                    // there is one, and it cannot be read

  // Rule H1, but for the epoch and generation of the head. `certified`: its age does not matter.
  bool servable(std::uint64_t epoch, std::uint64_t generation, std::int64_t now_ms,
                bool certified) const;
};

// `with_body`: the record was read with its body.
RowRecord read_row(const std::optional<Record>& record, bool with_body);

// The condition under which the record is still what was read.
Condition unchanged(const RowRecord& row);

// A put of the head, with the body whose checksum it takes. It lives and is held as its leases ask
// for. `hold`: it must not be evicted although no lease is live.
Put put_row(std::string key, RecordHead head, Bytes body, Condition condition, std::int64_t now_ms,
            bool hold);

}  // namespace layer::cache
