// Ranked reads of one namespace: lists are asked for together, each comes back merged over the
// shards (rules Z6 to Z9 and HT5 of the contract). One upstream call a shard: a query where there
// is one leg, else a multi-query; a store without multi-queries is asked once a leg.
// Thread safety: any loop, concurrently; a read stays on its loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "async/cpu_pool.h"
#include "core/metrics.h"
#include "features/documents/origin.h"
#include "features/freshness/read_cut.h"
#include "features/legs/leg_gate.h"
#include "features/pages/store_query.h"
#include "features/shards/shards.h"

namespace layer::features::legs {

inline constexpr std::size_t kLegsMax = 16;

// Where the lists come from.
struct ReadPlace {
  documents::Origin origin;
  std::string ns;            // the logical name
  std::uint32_t shards = 1;  // of a ready layout that queries use, else 1
  std::uint32_t threads = shards::kThreadsDefault;
  bool stamped = true;  // rows carry the time of their last write
  // How ids that are strings are read; unset: a UUID stands as text, which has the same order.
  std::optional<wire::IdType> id_type{};
};

// Which rows count; one decision for all legs.
struct ReadRows {
  freshness::ReadCut cut{};
  freshness::TimeRange range{};
  std::string vector_encoding{};  // of the answer: JSON, or empty
};

// One list: a sub-query of the store's wire. All texts are JSON, as the caller wrote them.
struct Leg {
  std::string label{};  // in errors and breakdowns: "bm25", "fuzzy:word", "semantic"
  std::string rank_by{};
  std::string filters{};             // empty: all rows
  std::string include_attributes{};  // empty: ids only
  std::string exclude_attributes{};  // a list; instead of include_attributes
  std::string more{};                // further members, each with its comma before it: ,"a":1
  std::size_t limit = 10;
};

struct LegRow {
  wire::Id id;
  std::optional<double> dist{};
  std::string text{};  // the row's object as the store wrote it, less what nobody asked for
};

struct LegRows {
  std::vector<LegRow> rows{};
  bool filled = false;  // there are `limit` rows, so there may be more
};

struct LegsAnswer {
  std::vector<LegRows> legs{};  // in the order asked
  std::string billing{};        // JSON objects, summed over the calls; empty where there is none
  std::string performance{};
  freshness::ReadCut cut{};  // in force: a store that asked for patience was asked again, cut
  std::uint32_t upstream_calls = 0;
  std::uint32_t threads = 0;  // 0: nothing was split
};

// A refusal of the store's is relayed as it came (rule E1).
using LegsOutcome = std::variant<LegsAnswer, pages::StoreReply>;

class LegReader {
 public:
  // All of them outlive the reader.
  struct Parts {
    async::CpuPool& pool;
    core::Metrics& metrics;
  };
  explicit LegReader(Parts parts) : parts_(parts) {}

  // 1 to kLegsMax legs. Errors: those of VectorStore::send; kUpstream for an answer that cannot be
  // read, with the field "reason": "answer_too_large" where it is more than is held;
  // kGatewayTimeout; kFeatureUnavailable where stamps are compared that rows do not have.
  async::Task<Result<LegsOutcome>> read(ReadPlace place, std::vector<Leg> legs, ReadRows rows,
                                        async::TimePoint deadline);

  const LegGate& gate() const { return gate_; }

 private:
  Parts parts_;
  LegGate gate_;
};

}  // namespace layer::features::legs
