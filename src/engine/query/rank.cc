#include "engine/query/rank.h"

#include "engine/query/errors.h"

namespace layer::engine::query {

Result<std::unique_ptr<Ranking>> bind_ranking(const RankInput& input,
                                              const std::optional<wire::RankBy>& rank_by) {
  const bool by_attribute = rank_by && std::holds_alternative<wire::RankOrder>(*rank_by);
  if (input.per && !by_attribute) {
    return refuse("`limit.per` is only supported when ranking by an attribute");
  }
  if (!rank_by) {
    return bind_rank_order(input, wire::RankOrder{.clauses = {{.attribute = "id"}}});
  }
  if (const auto* vector = std::get_if<wire::RankVector>(&*rank_by)) {
    return bind_rank_vector(input, *vector);
  }
  if (const auto* sparse = std::get_if<wire::RankSparse>(&*rank_by)) {
    return bind_rank_sparse(input, *sparse);
  }
  if (const auto* order = std::get_if<wire::RankOrder>(&*rank_by)) {
    return bind_rank_order(input, *order);
  }
  return bind_rank_score(input, std::get<wire::ScoreExpr>(*rank_by));
}

}  // namespace layer::engine::query
