#include <utility>

#include "features/legs/legs.h"
#include "features/legs/legs_run.h"
#include "wire/reserved_names.h"

namespace layer::features::legs {
namespace {

// No row of the namespace has a shard yet, so the store does not know the attribute: shard 0 is
// then the whole namespace (rule Y10).
bool knows_no_shards(const pages::StoreReply& refusal) {
  return freshness::refuses_query(refusal.status) &&
         refusal.body.find(wire::kShardAttribute) != std::string::npos;
}

}  // namespace

async::Task<Result<LegsOutcome>> LegReader::read(ReadPlace place, std::vector<Leg> legs,
                                                 ReadRows rows, async::TimePoint deadline) {
  if (!place.stamped && (rows.cut.stable || !rows.range.empty())) {
    co_return std::unexpected(freshness::stamps_missing(rows.cut.stable ? "stable" : "temporal"));
  }
  freshness::RowBounds bounds(rows.cut, rows.range);
  std::uint32_t calls = 0;
  std::uint32_t shards = place.shards;
  for (;;) {
    LegsRun run({.pool = parts_.pool, .metrics = parts_.metrics, .gate = gate_},
                {.place = place, .legs = legs, .rows = rows, .bounds = bounds, .shards = shards},
                deadline);
    LAYER_CO_ASSIGN(LegsOutcome outcome, co_await run.run());
    calls += run.calls();
    if (auto* const answer = std::get_if<LegsAnswer>(&outcome)) {
      answer->cut = bounds.read();
      answer->upstream_calls = calls;
      co_return outcome;
    }
    const auto& refusal = std::get<pages::StoreReply>(outcome);
    if (bounds.cut_after(refusal.status) || bounds.drop_stamps(refusal.status, refusal.body)) {
      continue;
    }
    if (shards <= 1 || !knows_no_shards(refusal)) {
      co_return outcome;
    }
    shards = 1;
  }
}

}  // namespace layer::features::legs
