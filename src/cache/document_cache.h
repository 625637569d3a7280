// The document cache: rows by id that are never older than the last acknowledged write, never
// partial, never of a write that failed. It keeps the promise by fences on the records of a
// RecordStore (rules H1 to H12 of the contract); docs/formats/cache-record.md has their layout and
// README.md the protocol.
//
// Nothing here fails: a cache that cannot answer is bypassed. A caller that gets kBypass reads the
// store and does not fill.
//
// Thread safety: any loop, concurrently. Arguments are values: an operation may outlive its caller.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "cache/record_store.h"
#include "core/error.h"
#include "core/stamp.h"
#include "wire/id.h"

namespace layer::cache {

// Whose rows, and the rules that apply to them.
struct CachedNamespace {
  std::string store;
  std::string ns;  // logical name
  std::uint64_t incarnation = 0;
  std::optional<std::chrono::milliseconds> ttl{};  // nullopt: the default of the contract
  bool writers_gateway_only = false;
  bool staging = false;  // filled by writes only
};

enum class Lookup : std::uint8_t { kHit, kAbsent, kMiss, kBypass };

// What a fill must still find as it was when the origin was read.
struct FillTicket {
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::uint64_t fill_epoch = 0;
  std::optional<std::uint64_t> version{};  // nullopt: there was no record
  std::uint64_t seq = 0;
  bool any_row = false;       // of open_ticket(): which rows was not known
  std::int64_t taken_ms = 0;  // epoch milliseconds
  async::TimePoint taken{};
  bool may_fill = false;
};

struct Found {
  Lookup lookup = Lookup::kBypass;
  Bytes row{};          // of kHit: the attributes as one JSON object, all of them, without vectors
  core::Stamp stamp{};  // of kHit and kAbsent, when a write filled it
  FillTicket ticket{};  // of kMiss
  bool fenced = false;  // of kBypass: because a write of this row is in flight
};

// The row as the origin gave it; null: the origin has no such row.
struct Fill {
  wire::Id id;
  FillTicket ticket;
  Bytes row{};
};

// What a write does to a row, as far as it is known before the store is called.
enum class RowChange : std::uint8_t {
  kReplace,  // `row` is the whole row as the store will give it back, or null: not known
  kMerge,    // `row` are the members that change, as the store will give them back, or null
  kDelete,
  kUnknown,  // conditional: whether it happens is not known
};

struct FencedRow {
  wire::Id id;
  RowChange change = RowChange::kUnknown;
  Bytes row{};
};

struct FenceScope {
  bool whole_namespace = false;  // filter writes, oversized writes (rule H7)
  bool opaque = false;           // rule W9: the generation is raised before and after
  std::vector<FencedRow> rows{};
};

// One raised fence. It is settled once, after the store answered and before the caller is answered;
// one that is dropped unsettled holds until its leases expire. It must not outlive its cache.
// Settling says whether the cache took it: if not, reads are right all the same (the rows stay
// fenced, or nobody reads this cache until its epoch rises), only slower.
class WriteFence {
 public:
  virtual ~WriteFence() = default;
  // The write changes rows that only its answer can name, and rows of the namespace are cached:
  // when the answer lists the affected ids only those are invalidated, else all.
  virtual bool wants_affected_ids() const = 0;
  // Rule H3, H7. `affected`: the ids that a conditional or filter write touched, when the store
  // told them; nullopt: it did not. The caller is acknowledged after this.
  virtual async::Task<bool> applied(core::Stamp stamp,
                                    std::optional<std::vector<wire::Id>> affected) = 0;
  virtual async::Task<bool> refused() = 0;          // rule H4, a completed answer of the store
  virtual async::Task<bool> outcome_unknown() = 0;  // rule H4
};

// `cert/{ns}`: every row of the namespace is cached (rules H10 and H11).
struct Certificate {
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::int64_t watermark_ms = 0;
  std::int64_t warmed_at_ms = 0;
  std::uint64_t rows = 0;
  std::uint64_t losses = 0;  // of the record store when it was issued
  std::uint64_t gateway = 0;
  bool certified = false;  // false: a completed warm of a namespace anybody may write (H11)

  bool operator==(const Certificate&) const = default;
};

// What must not change from before a warm's first read until its certificate.
struct WarmTicket {
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::uint64_t fill_epoch = 0;
  std::uint64_t losses = 0;
};

struct CachedRow {
  wire::Id id;
  Bytes row{};  // null: whether and how the row exists is not known, read the origin
};

struct CachedPage {
  std::vector<CachedRow> rows;
  std::string cursor;  // for the next page; empty: there is none
};

struct CacheStatus {
  std::string_view kind;   // of the record store
  std::string_view state;  // "on", "joining", "away" (unreachable), "shared" (not the only gateway)
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;  // of the connection; rises when the cache was unreachable
  std::string last_error{};
};

class DocumentCache {
 public:
  virtual ~DocumentCache() = default;

  // One entry an id, in their order (rule H1).
  virtual async::Task<std::vector<Found>> find(CachedNamespace ns, std::vector<wire::Id> ids) = 0;
  // For rows whose ids the origin tells (a page of a warm): taken before it is read. Rows that
  // changed since are not filled with it.
  virtual async::Task<FillTicket> open_ticket(CachedNamespace ns) = 0;
  // Fills that no longer apply are dropped (rule H6). How many of the rows are cached now.
  virtual async::Task<std::size_t> fill(CachedNamespace ns, std::vector<Fill> fills) = 0;
  // Rules H2, H7, H8. Null: nothing to settle (the cache is off, or this gateway runs unfenced).
  virtual async::Task<std::unique_ptr<WriteFence>> raise(CachedNamespace ns, FenceScope scope,
                                                         async::TimePoint deadline) = 0;
  // Nothing of the namespace that was cached until now is served any more: its generation rises.
  // False: the cache could not be reached; what it holds is void once it can be.
  virtual async::Task<bool> forget(CachedNamespace ns) = 0;
  // As forget(), and its records are removed.
  virtual async::Task<Result<void>> purge(CachedNamespace ns) = 0;

  // Certificates. nullopt and false: the cache is unusable, or what they attest no longer holds.
  virtual async::Task<std::optional<WarmTicket>> begin_warm(CachedNamespace ns) = 0;
  virtual async::Task<bool> certify(CachedNamespace ns, WarmTicket ticket, std::uint64_t rows,
                                    std::int64_t watermark_ms) = 0;
  // The current one, with its watermark moved up to `watermark_ms`.
  virtual async::Task<bool> renew(CachedNamespace ns, std::int64_t watermark_ms) = 0;
  virtual async::Task<std::optional<Certificate>> certificate(CachedNamespace ns) = 0;
  virtual async::Task<> revoke(CachedNamespace ns) = 0;
  // Rows of the namespace that are present or in doubt. `limit`: 1 to kBatchMax.
  virtual async::Task<Result<CachedPage>> scan(CachedNamespace ns, std::string cursor,
                                               std::size_t limit) = 0;
  // Rows that a scan would give as present (a scan of all heads).
  virtual async::Task<Result<std::uint64_t>> count(CachedNamespace ns) = 0;

  // Whether reads have a chance of a hit now. Cheap.
  virtual bool usable() const = 0;
  virtual CacheStatus status() const = 0;
  // Of a cache that is private to this process: whether no other gateway writes to the same stores.
  // Starts true; a shared cache does not care.
  virtual void set_alone(bool alone) = 0;
};

}  // namespace layer::cache
