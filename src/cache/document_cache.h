// The document cache: rows by id that are never older than the last acknowledged write, never
// partial, never of a write that failed. It keeps the promise by fences on the records of a
// RecordStore (rules H1 to H12 of the contract); docs/formats/cache-record.md has their layout.
//
// Nothing here fails: a cache that cannot answer is bypassed. A caller that gets kBypass reads the
// store and does not fill.
//
// Thread safety: any loop, concurrently.
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
  async::TimePoint taken{};
  bool may_fill = false;
};

struct Found {
  Lookup lookup = Lookup::kBypass;
  Bytes row{};          // of kHit: the attributes as one JSON object, all of them, without vectors
  core::Stamp stamp{};  // of kHit and kAbsent, when a write filled it
  FillTicket ticket{};  // of kMiss
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

// One raised fence. It is settled once; one that is dropped unsettled counts as "outcome unknown".
class WriteFence {
 public:
  virtual ~WriteFence() = default;
  // Rule H3, H7. `affected`: the ids that a conditional or filter write touched, when the store
  // told them; nullopt: it did not. The caller is acknowledged after this.
  virtual async::Task<> applied(core::Stamp stamp,
                                std::optional<std::vector<wire::Id>> affected) = 0;
  virtual async::Task<> refused() = 0;          // rule H4, a completed answer of the store
  virtual async::Task<> outcome_unknown() = 0;  // rule H4
};

class DocumentCache {
 public:
  virtual ~DocumentCache() = default;

  // One entry an id, in their order (rule H1).
  virtual async::Task<std::vector<Found>> find(CachedNamespace ns, std::vector<wire::Id> ids) = 0;
  // Fills that no longer apply are dropped (rule H6). How many were kept.
  virtual async::Task<std::size_t> fill(CachedNamespace ns, std::vector<Fill> fills) = 0;
  // Rules H2, H7, H8. Null: nothing to settle (the cache is off, or this gateway runs unfenced).
  virtual async::Task<std::unique_ptr<WriteFence>> raise(CachedNamespace ns, FenceScope scope,
                                                         async::TimePoint deadline) = 0;
  // Nothing of the namespace that was cached until now is served any more: its generation rises.
  virtual async::Task<> forget(CachedNamespace ns) = 0;
};

}  // namespace layer::cache
