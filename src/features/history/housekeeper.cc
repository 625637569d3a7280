#include "features/history/housekeeper.h"

#include <limits>
#include <optional>

#include "features/history/utc.h"

namespace layer::features::history {

async::Task<Result<void>> Housekeeper::turn() {
  const auto now = clock_.steady();
  if (!looked_at_ || now - *looked_at_ >= kLookAgainAfter || settled_.size() > kSettledMax) {
    looked_at_ = now;
    settled_.clear();
  }
  LAYER_CO_ASSIGN(const auto namespaces, co_await compaction_.namespaces());
  Result<void> result;
  for (const std::string& ns : namespaces) {
    auto done = co_await turn_of(ns);
    if (!done && done.error().code == ErrorCode::kCancelled) {
      co_return done;
    }
    // Another gateway was faster with a day: the next turn sees what it did.
    if (!done && result && done.error().code != ErrorCode::kConflict) {
      result = std::move(done);
    }
  }
  co_return result;
}

async::Task<Result<void>> Housekeeper::turn_of(const std::string& ns) {
  if (const auto days = settings_.of(ns)->retention_days) {
    LAYER_CO_ASSIGN(const std::size_t removed, co_await compaction_.expire(ns, *days));
    if (removed > 0) {
      log_.info("search history past its retention was removed",
                {{"namespace", ns}, {"objects", removed}});
    }
  }
  // Days that are settled already cost nothing; those before the first one that is not, little.
  std::int64_t first = std::numeric_limits<std::int64_t>::min();
  const auto last = settled_.upper_bound({ns, std::numeric_limits<std::int64_t>::max()});
  if (last != settled_.begin() && std::prev(last)->first == ns) {
    first = std::prev(last)->second + 1;
  }
  LAYER_CO_ASSIGN(const auto days, co_await compaction_.days(ns, first));
  bool in_order = true;
  for (const std::int64_t day : days) {
    LAYER_CO_ASSIGN(const Compaction::Outcome outcome, co_await compaction_.compact(ns, day));
    if (outcome.merged > 0) {
      log_.info("a day of search history was compacted", {{"namespace", ns},
                                                          {"day", print_day(day)},
                                                          {"segments", outcome.merged},
                                                          {"into", outcome.written}});
    }
    in_order = in_order && outcome.settled;
    if (in_order) {
      settled_.emplace(ns, day);
    }
  }
  co_return Result<void>{};
}

}  // namespace layer::features::history
