// One search, from the body to a page of rows. Thread safety: one loop; one object a search.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "features/hybrid/hybrid.h"
#include "features/search/cursor.h"
#include "features/search/keyset.h"
#include "features/search/projection.h"
#include "features/search/ranking.h"
#include "features/search/searcher.h"
#include "features/search/word_metrics.h"

namespace layer::features::search {

class SearchRun {
 public:
  // All of it outlives the run.
  SearchRun(const Searcher::Parts& parts, SchemaCache& schemas, const SearchPlace& place,
            const SearchAsk& ask, async::TimePoint deadline)
      : parts_(parts),
        place_(place),
        ask_(ask),
        deadline_(deadline),
        schemas_(schemas),
        rankings_({parts.embedder, schemas}, place, deadline) {}

  async::Task<Result<SearchOutcome>> search();
  async::Task<Result<TextOutcome>> explain();

 private:
  // The body read, its cursor opened, its ranking found. A refusal of the store's ends the search.
  async::Task<Result<std::optional<pages::StoreReply>>> prepare();
  Result<void> open();
  // HybridText and Auto: `words_`, or the ranking by meaning, or neither where Auto lacks a vector.
  async::Task<Result<void>> prepare_words();
  Result<void> place_words(const SchemaPtr& schema);
  bool by_attributes() const { return ranking_.kind == RankKind::kOrdered; }
  // The list of rank kinds that have no keys is cut off here (rule K5).
  std::size_t window() const;
  WindowPosition first_position() const;
  // Two queries: ids of the whole window, then attributes of the page.
  bool in_two_steps() const;
  legs::Leg leg() const;

  async::Task<Result<SearchOutcome>> by_words();
  SearchAnswer deferred() const;  // nothing was asked (rule AU2)
  CountedPlace counted_place() const;
  bool asks_together() const;  // several lists in one call
  async::Task<Result<SearchOutcome>> by_keys();
  async::Task<Result<SearchOutcome>> by_window();
  async::Task<Result<SearchOutcome>> first_rows();
  async::Task<Result<legs::LegsOutcome>> read(legs::Leg leg);
  async::Task<Result<std::optional<pages::StoreReply>>> add_attributes(
      std::vector<legs::LegRow>& rows, SearchAnswer& answer);

  // What the keys of the page are read from; the leg of one page.
  legs::Leg key_leg(const std::vector<legs::OrderClause>& clauses,
                    std::vector<std::string>& hidden) const;
  SearchAnswer answer_with(legs::LegsAnswer& read) const;
  Result<std::string> seal(std::variant<KeyPosition, WindowPosition> position,
                           const freshness::ReadCut& cut) const;

  const Searcher::Parts& parts_;
  const SearchPlace& place_;
  const SearchAsk& ask_;
  const async::TimePoint deadline_;
  SchemaCache& schemas_;
  Rankings rankings_;

  LayerQuery query_{};
  Ranking ranking_{};
  std::optional<hybrid::HybridAsk> words_{};
  std::optional<Routing> routing_{};  // of Auto
  Attributes attributes_{};
  std::optional<Cursor> cursor_{};
  legs::ReadRows rows_{};
};

}  // namespace layer::features::search
