// The part of a search that ranks by words, and the choice between words and meaning.
#include <algorithm>
#include <utility>

#include "features/search/off_loop.h"
#include "features/search/search_run.h"
#include "features/search/word_metrics.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

using json::wrong_member;

// Unless the schema says so the field is tried: the store knows better.
bool lacks_fuzzy(const SchemaPtr& schema, const std::string& field) {
  if (schema == nullptr) {
    return false;
  }
  const auto column = std::ranges::find(schema->columns, field, &namespaces::Column::name);
  return column != schema->columns.end() && !column->fuzzy;
}

}  // namespace

async::Task<Result<void>> SearchRun::prepare_words() {
  if (word_ranking_of(query_.rank_by) == WordRanking::kHybridText) {
    if (query_.page_window) {
      co_return wrong_member("page_window", "HybridText has the option per_leg_limit instead");
    }
    LAYER_CO_ASSIGN(auto expression, co_await off_loop(query_.rank_by.size(), parts_.pool, [&] {
                      return hybrid::parse_hybrid(query_.rank_by);
                    }));
    words_ = hybrid::HybridAsk{.expression = std::move(expression)};
    ranking_.kind = RankKind::kHybrid;
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(auto choice, co_await off_loop(query_.rank_by.size(), parts_.pool, [&] {
                    return hybrid::parse_auto(query_.rank_by);
                  }));
  if (cursor_) {
    LAYER_CO_ASSIGN(choice.route, route_of(*cursor_));
  }
  routing_ = Routing{.route = choice.route, .forced = choice.forced, .tokens = choice.tokens};
  const bool by_words = choice.route != hybrid::Route::kSemantic;
  ranking_.kind = by_words ? RankKind::kHybrid : RankKind::kVector;
  if (choice.route != hybrid::Route::kHybridText) {
    if (choice.vector.empty() && choice.forced) {
      co_return wrong_member("rank_by.vector", "the route that is asked for needs one");
    }
    routing_->executed = !choice.vector.empty();
    if (!routing_->executed) {
      co_return Result<void>{};
    }
    LAYER_CO_ASSIGN(ranking_, co_await rankings_.of_meaning(query_, choice.lexical.field,
                                                            std::move(choice.vector)));
  }
  if (by_words) {
    words_ = hybrid::HybridAsk{.expression = std::move(choice.lexical),
                               .semantic = std::move(ranking_.rank_by)};
    ranking_.kind = RankKind::kHybrid;
  }
  co_return Result<void>{};
}

Result<void> SearchRun::place_words(const SchemaPtr& schema) {
  words_->filters = query_.filters;
  words_->include_attributes = attributes_.include;
  words_->exclude_attributes = attributes_.exclude;
  words_->more = query_.more;
  words_->leg_breakdown = query_.leg_breakdown;
  words_->top_k = query_.top_k;
  words_->fuzzy_supported = !lacks_fuzzy(schema, words_->expression.field);
  if (cursor_) {
    const auto* const position = std::get_if<WindowPosition>(&cursor_->position);
    if (position == nullptr || position->window == 0 || position->window > kRowsMax) {
      return std::unexpected(cursor_refused("malformed", "the cursor is of another ranking"));
    }
    words_->offset = position->offset;
    words_->window = position->window;
  }
  return {};
}

async::Task<Result<SearchOutcome>> SearchRun::by_words() {
  auto outcome = co_await hybrid::search_hybrid(parts_.legs, place_.read, *words_, rows_,
                                                parts_.pool, deadline_);
  count_hybrid(parts_.metrics, counted_place(), outcome);
  if (!outcome) {
    co_return std::unexpected(std::move(outcome).error());
  }
  if (auto* const refusal = std::get_if<pages::StoreReply>(&*outcome)) {
    co_return std::move(*refusal);
  }
  auto& found = std::get<hybrid::HybridAnswer>(*outcome);
  legs::LegsAnswer read{.billing = std::move(found.billing),
                        .performance = std::move(found.performance),
                        .cut = found.cut,
                        .upstream_calls = found.upstream_calls};
  SearchAnswer answer = answer_with(read);
  answer.rows = std::move(found.rows);
  answer.hybrid = std::move(found.echo);
  answer.partial = found.legs_failed;
  if (found.fuzzy_unsupported) {
    answer.warnings.emplace_back("fuzzy_unsupported");
    if (words_->fuzzy_supported) {
      schemas_.forget(place_.read.origin);  // it said otherwise
    }
  }
  if (found.legs_failed) {
    answer.warnings.emplace_back("legs_failed");
  }
  if (found.window_exhausted) {
    answer.warnings.emplace_back("window_exhausted");
  }
  if (ask_.paging && found.more) {
    LAYER_CO_ASSIGN(
        answer.next_cursor,
        seal(WindowPosition{.offset = words_->offset + words_->top_k,
                            .window = found.window,
                            .route = routing_ ? route_code(routing_->route) : std::uint8_t{0}},
             answer.cut));
  }
  co_return answer;
}

SearchAnswer SearchRun::deferred() const {
  legs::LegsAnswer nothing{.cut = rows_.cut};
  return answer_with(nothing);
}

bool SearchRun::asks_together() const {
  return place_.read.origin.store->capabilities().support("multi_query") !=
         store::Support::kUnsupported;
}

CountedPlace SearchRun::counted_place() const {
  return {.ns = place_.read.ns, .store_kind = place_.read.origin.store->kind()};
}

}  // namespace layer::features::search
