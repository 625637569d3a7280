// What the gateway does to a write body: where bytes are put in or taken out, and what the body
// asks for. A plan is made before the stamp is known, so the stamp can be taken at the last moment.
// Thread safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "features/writes/watched_functions.h"
#include "wire/id.h"

namespace layer::features::writes {

// The default of what is held; streaming_rewriter.h edits larger bodies as they pass.
inline constexpr std::size_t held_body_bytes_max = 64 * core::limits::kMiB;
// Rows of one columnar operation: each costs a stamp that has to be written out.
inline constexpr std::uint32_t column_rows_max = 8 * 1024 * 1024;

// Rows that a plan names: what a cache fences one by one.
inline constexpr std::size_t touched_rows_max = 100'000;

// What applies to the namespace.
struct StampRules {
  bool stamp = true;
  std::optional<std::uint32_t> shard_count{};  // 1..kShardCountMax
  std::optional<wire::IdType> id_type{};       // when known
  bool chunk_names = false;  // the gateway's own names of chunks stand in the rows
  bool own_names = false;    // all names of the gateway's own may
  bool collect_ids = false;  // the plan names the rows, for a cache's fences
  // Patches of their inputs mark results as old, where there are stamps. Null: none.
  std::shared_ptr<const WatchedFunctions> functions{};
};

enum class EditKind : std::uint8_t {
  kCutBegin,  // the bytes from here ...
  kCutEnd,    // ... to here are left out
  kRow,       // members of a row or of a filter's patch; `arg` is the shard or kNoShard
  kColumns,   // columns; `arg` is an index into WritePlan::columns
  // Only when affected ids are asked for: `true` instead of the value that begins and ends here,
  // or the member itself at the end of the body.
  kAskBegin,
  kAskEnd,
  kAskMember,
};

inline constexpr std::uint32_t kNoShard = UINT32_MAX;

struct Edit {
  std::uint64_t offset = 0;
  std::uint32_t arg = 0;
  EditKind kind = EditKind::kRow;
  bool comma = false;      // something stands before it in its object
  FunctionMask stale = 0;  // of a patch: whose results are old now

  bool operator==(const Edit&) const = default;
};

// What a columnar operation gets: one stamp a row, and a shard each where there are shards.
struct ColumnEdit {
  static constexpr std::uint16_t kNone = UINT16_MAX;  // printed as null
  std::uint32_t rows = 0;
  std::vector<std::uint16_t> shards{};  // empty: no shards
  FunctionMask stale = 0;               // as in Edit

  bool operator==(const ColumnEdit&) const = default;
};

enum class WitnessKind : std::uint8_t { kUpsert, kPatch, kDelete };

// A row that tells by its stamp (or absence) whether the write is visible.
struct Witness {
  wire::Id id;  // as written: a UUID is still a string
  WitnessKind kind = WitnessKind::kUpsert;

  bool operator==(const Witness&) const = default;
};

// A row that a write names.
struct TouchedRow {
  wire::Id id;  // as written: a UUID is still a string
  WitnessKind kind = WitnessKind::kUpsert;
  bool conditional = false;  // whether it happens is for the store to say

  bool operator==(const TouchedRow&) const = default;
};

// The operations of a body.
struct Summary {
  bool upserts = false;
  bool patches = false;
  bool deletes = false;
  bool delete_by_filter = false;
  bool patch_by_filter = false;
  bool conditions = false;
  bool copies = false;  // copy_from_namespace or branch_from_namespace: an opaque write
  bool affected_ids_asked = false;
  std::uint64_t rows_upserted = 0;
  std::uint64_t rows_patched = 0;
  std::uint64_t rows_deleted = 0;
  FunctionMask patched = 0;  // whom patches concern
  // Of an operation without a condition: an upsert, else a delete, else a patch.
  std::optional<Witness> witness{};

  bool has_operation() const {
    return upserts || patches || deletes || delete_by_filter || patch_by_filter;
  }
  std::uint64_t rows() const { return rows_upserted + rows_patched + rows_deleted; }
  bool has_filters() const { return delete_by_filter || patch_by_filter; }
  bool operator==(const Summary&) const = default;
};

struct WritePlan {
  // False: not a write of rows in the shape the gateway knows (schema only, copy, not JSON, a wrong
  // shape), sent on unchanged; there are no edits then.
  bool understood = false;
  Summary summary{};
  std::vector<Edit> edits{};  // by offset
  std::vector<ColumnEdit> columns{};
  std::vector<TouchedRow> rows{};  // when asked for; some may stand twice
  bool too_many_rows = false;      // more than touched_rows_max: `rows` is empty

  // Whether splice() would change a byte.
  bool edits_body(bool ask_affected_ids) const;
};

// Takes a whole body apart. Errors: kValidation with
// reason "reserved" for an attribute name that only the gateway may write, kPayloadTooLarge for
// more than column_rows_max rows in a columnar operation; only for bodies that are otherwise
// understood. Cost: one pass, 16 bytes of memory a row.
Result<WritePlan> plan_write(std::string_view body, const StampRules& rules);

}  // namespace layer::features::writes
