// What a snapshot is asked for, as a job keeps it, and what came of it. Thread safety: plain
// values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "json/writer.h"
#include "queue/job.h"

namespace layer::features::snapshots {

inline constexpr std::string_view kSnapshotKind = "snapshot";
inline constexpr std::uint32_t kPageSizeDefault = 1000;
inline constexpr std::uint32_t kPageSizeMax = 10'000;

enum class Source : std::uint8_t {
  kAuto,    // a stored body where that answers, else the store
  kStored,  // a stored body, whatever has been written since
  kOrigin,  // counted in the store
};
std::string_view name(Source source);

struct SnapshotParams {
  std::vector<std::string> fields{};
  Source source = Source::kAuto;
  std::uint32_t page_size = kPageSizeDefault;
  bool automatic = false;  // nobody asked; set by the gateway only
  // JSON text; empty: all rows count. With it the counts are the job's results and no snapshot.
  std::string filter{};

  bool operator==(const SnapshotParams&) const = default;
};

// The body of a request: `field` or `fields`. Errors: kValidation, with "details" that name the
// member.
Result<SnapshotParams> parse_request(std::string_view json);
// As print_params() wrote them. Errors: kCorrupt.
Result<SnapshotParams> parse_params(std::string_view json);
std::string print_params(const SnapshotParams& params);

// Of the result of a job that is over, what there is: effective_source, stable_as_of, sha, exact,
// rows_after_cut, row_count, fields_skipped.
void put_result_members(json::Writer& out, std::string_view result);
// The shape SnapshotJob of section 3.15 of the contract.
void put_snapshot_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms);

}  // namespace layer::features::snapshots
