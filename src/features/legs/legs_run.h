// One attempt at reading the legs: as many calls of the store as it takes, merged as they come.
// Thread safety: one loop; what it is given outlives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "features/freshness/row_bounds.h"
#include "features/legs/answer_lists.h"
#include "features/legs/answer_totals.h"
#include "features/legs/leg_body.h"
#include "features/legs/legs.h"
#include "features/legs/list_merge.h"

namespace layer::features::legs {

// What the merged rows of a read may take; one answer is at most documents::kChunkBytesMax.
inline constexpr std::size_t kMergedBytesMax = std::size_t{256} << 20;

class LegsRun {
 public:
  struct Parts {
    async::CpuPool& pool;
    core::Metrics& metrics;
    LegGate& gate;
  };
  struct Question {
    const ReadPlace& place;
    const std::vector<Leg>& legs;
    const ReadRows& rows;
    const freshness::RowBounds& bounds;
    std::uint32_t shards;
  };
  LegsRun(Parts parts, const Question& question, async::TimePoint deadline);

  // Errors: as LegReader::read.
  async::Task<Result<LegsOutcome>> run();
  std::uint32_t calls() const { return made_; }

 private:
  // One call of the store: the legs from `first` on, of one shard.
  struct Call {
    std::uint32_t shard = 0;
    std::size_t first = 0;
    std::size_t count = 0;
  };

  void plan();
  async::Task<> make(Call call);
  async::Task<Result<void>> ask(Call call);
  async::Task<Result<AnswerLists>> cut(const std::string& body, Call call);
  async::Task<Result<void>> take(AnswerLists answer, Call call);
  Result<void> merge(AnswerLists& answer, Call call);
  LegGate::Cost cost_of(Call call) const;
  void count(std::string_view status, async::TimePoint begun);
  bool ended() const { return failed_.has_value() || refusal_.has_value(); }

  Parts parts_;
  Question question_;
  async::TimePoint deadline_;
  std::vector<RankOrder> orders_{};
  std::vector<Projection> projections_{};
  std::vector<ListShape> shapes_{};
  std::vector<ListMerge> merges_{};
  std::vector<Call> calls_{};
  AnswerTotals totals_{};
  std::optional<Error> failed_{};
  std::optional<pages::StoreReply> refusal_{};
  std::uint32_t made_ = 0;
  Permits merging_{1};  // one answer at a time: a large one is merged on the pool
};

}  // namespace layer::features::legs
