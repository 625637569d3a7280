#include "features/search/search_run.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "features/documents/ids.h"
#include "features/legs/answer_totals.h"
#include "features/search/off_loop.h"
#include "features/search/row_text.h"
#include "features/search/seeds.h"
#include "features/search/word_metrics.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

constexpr std::size_t kWindowMin = 100;
constexpr std::size_t kWindowFactor = 10;
// A page that is at least half of its window is read in one query.
constexpr std::size_t kWholeWindowFactor = 2;

std::string json_of(const wire::Id& id) {
  std::string text;
  documents::append_json(text, id);
  return text;
}

}  // namespace

async::Task<Result<SearchOutcome>> SearchRun::search() {
  LAYER_CO_ASSIGN(auto refused, co_await prepare());
  if (refused) {
    co_return std::move(*refused);
  }
  if (routing_) {
    count_routing(parts_.metrics, counted_place(), *routing_);
    if (!routing_->executed) {
      co_return deferred();
    }
  }
  if (words_) {
    co_return co_await by_words();
  }
  if (by_attributes()) {
    co_return co_await by_keys();
  }
  // The route of meaning always tells how its list goes on, and a long page names no rows to skip.
  if (query_.paged || (routing_ && ask_.paging && query_.top_k > kSkippedMax)) {
    co_return co_await by_window();
  }
  co_return co_await first_rows();
}

async::Task<Result<std::optional<pages::StoreReply>>> SearchRun::prepare() {
  LAYER_CO_ASSIGN(query_, co_await off_loop(ask_.body.size(), parts_.pool,
                                            [&] { return read_layer_query(ask_.body); }));
  LAYER_CO_TRY(open());
  if (word_ranking_of(query_.rank_by) != WordRanking::kNone) {
    LAYER_CO_TRY(co_await prepare_words());
  } else {
    LAYER_CO_ASSIGN(auto ranking, co_await rankings_.resolve(query_));
    if (auto* const refusal = std::get_if<pages::StoreReply>(&ranking)) {
      co_return std::move(*refusal);
    }
    ranking_ = std::get<Ranking>(std::move(ranking));
  }
  attributes_ = {.include = query_.include_attributes, .exclude = query_.exclude_attributes};
  SchemaPtr schema;
  if (words_ || !attributes_.none()) {
    schema = co_await schemas_.load(place_.read.origin, deadline_);
    LAYER_CO_ASSIGN(attributes_, without_vectors(query_, schema));
  }
  if (words_) {
    LAYER_CO_TRY(place_words(schema));
  }
  rows_ = {.cut = cursor_ ? cursor_->cut : ask_.cut,
           .range = query_.range,
           .vector_encoding = query_.vector_encoding};
  co_return std::nullopt;
}

Result<void> SearchRun::open() {
  if (query_.paged && !ask_.paging) {
    return json::wrong_member("cursor", "this query is not paged");
  }
  if (query_.leg_breakdown && word_ranking_of(query_.rank_by) == WordRanking::kNone) {
    return json::wrong_member("include_leg_breakdown", "goes with HybridText and Auto");
  }
  if (!query_.cursor.empty()) {
    LAYER_ASSIGN(cursor_, open_cursor(query_.cursor, place_.read.ns, query_.fingerprint,
                                      parts_.clock.wall_ms(), parts_.signer));
  }
  return {};
}

std::size_t SearchRun::window() const {
  return query_.page_window.value_or(
      std::clamp(kWindowFactor * query_.top_k, kWindowMin, kRowsMax));
}

WindowPosition SearchRun::first_position() const {
  return {.window = window(), .route = routing_ ? route_code(routing_->route) : std::uint8_t{0}};
}

legs::Leg SearchRun::leg() const {
  return {.label = std::string(name(ranking_.kind)),
          .rank_by = ranking_.rank_by,
          .filters = freshness::all_of({query_.filters, ranking_.filter}),
          .include_attributes = attributes_.include,
          .exclude_attributes = attributes_.exclude,
          .more = query_.more,
          .limit = query_.top_k};
}

async::Task<Result<legs::LegsOutcome>> SearchRun::read(legs::Leg leg) {
  std::vector<legs::Leg> one;
  one.push_back(std::move(leg));
  co_return co_await parts_.legs.read(place_.read, std::move(one), rows_, deadline_);
}

SearchAnswer SearchRun::answer_with(legs::LegsAnswer& read) const {
  SearchAnswer answer{.kind = ranking_.kind,
                      .vector_attribute = ranking_.attribute,
                      .vector_dims = ranking_.dims,
                      .routing = routing_ ? print_routing(*routing_) : std::string(),
                      .paged = query_.paged || words_ || routing_,
                      .billing = std::move(read.billing),
                      .performance = std::move(read.performance),
                      .cut = read.cut,
                      .upstream_calls = read.upstream_calls};
  if (attributes_.dropped) {
    answer.warnings.emplace_back("vector_attribute_dropped");
  }
  if (ranking_.stale_profile) {
    answer.warnings.emplace_back("stale_profile");
  }
  return answer;
}

Result<std::string> SearchRun::seal(std::variant<KeyPosition, WindowPosition> position,
                                    const freshness::ReadCut& cut) const {
  return seal_cursor({.ns = place_.read.ns,
                      .fingerprint = query_.fingerprint,
                      .position = std::move(position),
                      .cut = cut,
                      .issued_ms = parts_.clock.wall_ms()},
                     parts_.signer);
}

// Rule K6: the rows of a full answer are left out of the pages that follow.
async::Task<Result<SearchOutcome>> SearchRun::first_rows() {
  LAYER_CO_ASSIGN(auto outcome, co_await read(leg()));
  if (auto* const refusal = std::get_if<pages::StoreReply>(&outcome)) {
    co_return std::move(*refusal);
  }
  auto& found = std::get<legs::LegsAnswer>(outcome);
  SearchAnswer answer = answer_with(found);
  answer.rows = std::move(found.legs.front().rows);
  if (ask_.paging && query_.top_k <= kSkippedMax && answer.rows.size() == query_.top_k) {
    WindowPosition position = first_position();
    for (const legs::LegRow& row : answer.rows) {
      position.skipped.push_back(id_fingerprint(json_of(row.id)));
    }
    LAYER_CO_ASSIGN(answer.next_cursor, seal(std::move(position), answer.cut));
  }
  co_return answer;
}

bool SearchRun::in_two_steps() const {
  const std::size_t depth = cursor_ ? std::get<WindowPosition>(cursor_->position).window : window();
  return !attributes_.none() && query_.more.empty() && depth > kWholeWindowFactor * query_.top_k;
}

async::Task<Result<SearchOutcome>> SearchRun::by_window() {
  if (cursor_ && !std::holds_alternative<WindowPosition>(cursor_->position)) {
    co_return std::unexpected(cursor_refused("malformed", "the cursor is of another ranking"));
  }
  WindowPosition position =
      cursor_ ? std::get<WindowPosition>(cursor_->position) : first_position();
  legs::Leg asked = leg();
  asked.limit = position.window;
  const bool two_steps = in_two_steps();
  if (two_steps) {
    asked.include_attributes.clear();
    asked.exclude_attributes.clear();
  }
  LAYER_CO_ASSIGN(auto outcome, co_await read(std::move(asked)));
  if (auto* const refusal = std::get_if<pages::StoreReply>(&outcome)) {
    co_return std::move(*refusal);
  }
  auto& found = std::get<legs::LegsAnswer>(outcome);
  SearchAnswer answer = answer_with(found);
  auto& list = found.legs.front().rows;
  const std::unordered_set<std::uint64_t> skipped(position.skipped.begin(), position.skipped.end());
  std::erase_if(list, [&](const legs::LegRow& row) {
    return skipped.contains(id_fingerprint(json_of(row.id)));
  });
  const std::size_t begin = std::min(position.offset, list.size());
  const std::size_t end = std::min(begin + query_.top_k, list.size());
  answer.rows.assign(std::make_move_iterator(list.begin() + static_cast<std::ptrdiff_t>(begin)),
                     std::make_move_iterator(list.begin() + static_cast<std::ptrdiff_t>(end)));
  if (end < list.size()) {
    position.offset = end;
    LAYER_CO_ASSIGN(answer.next_cursor, seal(position, answer.cut));
  } else if (found.legs.front().filled) {
    answer.warnings.emplace_back("window_exhausted");
  }
  if (two_steps && !answer.rows.empty()) {
    LAYER_CO_ASSIGN(auto refused, co_await add_attributes(answer.rows, answer));
    if (refused) {
      co_return std::move(*refused);
    }
  }
  co_return answer;
}

async::Task<Result<SearchOutcome>> SearchRun::by_keys() {
  const auto clauses = paged_order(legs::rank_order_of(ranking_.rank_by));
  const auto* const last = cursor_ ? std::get_if<KeyPosition>(&cursor_->position) : nullptr;
  if (cursor_ && (last == nullptr || last->values.size() + 1 != clauses.size())) {
    co_return std::unexpected(cursor_refused("malformed", "the cursor is of another ranking"));
  }
  std::vector<std::string> hidden;
  legs::Leg asked = key_leg(clauses, hidden);
  if (last != nullptr) {
    asked.filters = freshness::all_of({asked.filters, filter_after(clauses, *last)});
  }
  LAYER_CO_ASSIGN(auto outcome, co_await read(std::move(asked)));
  if (auto* const refusal = std::get_if<pages::StoreReply>(&outcome)) {
    co_return std::move(*refusal);
  }
  auto& found = std::get<legs::LegsAnswer>(outcome);
  SearchAnswer answer = answer_with(found);
  answer.rows = std::move(found.legs.front().rows);
  const bool more = answer.rows.size() > query_.top_k ||
                    (query_.top_k == kRowsMax && answer.rows.size() == kRowsMax);
  answer.rows.resize(std::min(answer.rows.size(), query_.top_k));
  if (ask_.paging && more) {
    LAYER_CO_ASSIGN(answer.next_cursor,
                    seal(position_of(clauses, answer.rows.back().text), answer.cut));
  }
  if (!hidden.empty()) {
    for (legs::LegRow& row : answer.rows) {
      hide(row.text, hidden);
    }
  }
  co_return answer;
}

// One row more than the page tells whether another page follows.
legs::Leg SearchRun::key_leg(const std::vector<legs::OrderClause>& clauses,
                             std::vector<std::string>& hidden) const {
  std::vector<std::string> needed;
  for (const legs::OrderClause& clause : clauses) {
    if (clause.attribute != "id") {
      needed.push_back(clause.attribute);
    }
  }
  Attributes attributes = attributes_;
  hidden = read_too(attributes, needed);
  legs::Leg asked = leg();
  asked.rank_by = print_order(clauses);
  asked.include_attributes = std::move(attributes.include);
  asked.exclude_attributes = std::move(attributes.exclude);
  asked.limit = std::min(query_.top_k + 1, kRowsMax);
  return asked;
}

async::Task<Result<std::optional<pages::StoreReply>>> SearchRun::add_attributes(
    std::vector<legs::LegRow>& rows, SearchAnswer& answer) {
  std::vector<wire::Id> ids;
  for (const legs::LegRow& row : rows) {
    ids.push_back(row.id);
  }
  LAYER_CO_ASSIGN(auto outcome, co_await read({.label = "attributes",
                                               .rank_by = R"(["id","asc"])",
                                               .filters = R"(["id","In",)" + print_ids(ids) + "]",
                                               .include_attributes = attributes_.include,
                                               .exclude_attributes = attributes_.exclude,
                                               .limit = ids.size()}));
  if (auto* const refusal = std::get_if<pages::StoreReply>(&outcome)) {
    co_return std::move(*refusal);
  }
  auto& found = std::get<legs::LegsAnswer>(outcome);
  answer.upstream_calls += found.upstream_calls;
  legs::AnswerTotals totals;
  totals.add(answer.billing, answer.performance);
  totals.add(found.billing, "");
  answer.billing = totals.billing();
  join_rows(rows, found.legs.front().rows);
  co_return std::nullopt;
}

}  // namespace layer::features::search
