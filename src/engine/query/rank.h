// A ranking bound to a schema: everything that can be refused has been refused, even where no
// document matches. Each kind of ranking is one implementation.
// Thread safety: const use from many threads; a context belongs to one.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "engine/query/hit.h"
#include "engine/query/query_context.h"
#include "wire/query.h"

namespace layer::engine::query {

class Ranking {
 public:
  virtual ~Ranking() = default;
  // The `count` first documents in order. Errors: kConflict, kCorrupt.
  virtual Result<std::vector<Hit>> rank(QueryContext& context, std::size_t count) const = 0;
  // True when Hit::score is the $dist of the row.
  virtual bool has_dist() const = 0;
  // One line a segment for explain: what would run and why.
  virtual Result<std::string> plan(QueryContext& context, std::uint32_t segment,
                                   std::size_t count) const = 0;
};

// What a ranking may depend on beside its own clause.
struct RankInput {
  const wire::Schema& schema;
  bool has_filters = false;
  std::optional<wire::LimitPer> per{};
};

// Errors: 400 as the wire words them. `rank_by` unset: by ascending id.
Result<std::unique_ptr<Ranking>> bind_ranking(const RankInput& input,
                                              const std::optional<wire::RankBy>& rank_by);

// One binder for each kind, in the file of its name.
Result<std::unique_ptr<Ranking>> bind_rank_vector(const RankInput& input,
                                                  const wire::RankVector& rank);
Result<std::unique_ptr<Ranking>> bind_rank_sparse(const RankInput& input,
                                                  const wire::RankSparse& rank);
Result<std::unique_ptr<Ranking>> bind_rank_order(const RankInput& input,
                                                 const wire::RankOrder& rank);
Result<std::unique_ptr<Ranking>> bind_rank_score(const RankInput& input,
                                                 const wire::ScoreExpr& expr);

}  // namespace layer::engine::query
