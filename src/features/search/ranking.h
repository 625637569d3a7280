// What a Layer query ranks by, as a ranking of the store's wire (rules Q2, Q3 and EM9 of the
// contract). Thread safety: any loop. Cost: a look at the schema, which is cached; one query of the
// store for nearest_to_id; one call of a model for a text.
#pragma once

#include <string>
#include <variant>

#include "features/embed/embedder.h"
#include "features/search/layer_query.h"
#include "features/search/schema_cache.h"
#include "features/search/searcher.h"

namespace layer::features::search {

struct Ranking {
  std::string rank_by{};  // JSON
  RankKind kind = RankKind::kOrdered;
  std::string attribute{};  // of kVector
  std::size_t dims = 0;     // of kVector, where they are numbers
  std::string filter{};     // leaves the seeds out, JSON; empty: nothing to leave out
  bool stale_profile = false;
};
using RankingOutcome = std::variant<Ranking, pages::StoreReply>;

class Rankings {
 public:
  // All of them outlive it.
  struct Parts {
    embed::Embedder& embedder;
    SchemaCache& schemas;
  };
  Rankings(Parts parts, const SearchPlace& place, async::TimePoint deadline)
      : parts_(parts), place_(place), deadline_(deadline) {}

  // Errors: kValidation, kNotFound (seeds), those of the embedder and of VectorStore::send.
  async::Task<Result<RankingOutcome>> resolve(const LayerQuery& query);
  // `operand`: of Auto, JSON: numbers, for the attribute of resolve(), or ["Embed",text,{field?,
  // model?}?], where `field` is the one that is not named. Errors: as above.
  async::Task<Result<Ranking>> of_meaning(const LayerQuery& query, std::string field,
                                          std::string operand);

 private:
  async::Task<Result<Ranking>> by_numbers(const LayerQuery& query, const std::string& vector,
                                          std::string_view member);
  async::Task<Result<RankingOutcome>> by_seeds(const LayerQuery& query);
  async::Task<Result<Ranking>> by_text(embed::QueryText text, std::string operation);

  Parts parts_;
  const SearchPlace& place_;
  async::TimePoint deadline_;
};

// Whether `rank_by` has an operand ["Embed", ...] that the gateway serves.
bool is_served(std::string_view rank_by, std::string_view ns, embed::Embedder& embedder);

}  // namespace layer::features::search
