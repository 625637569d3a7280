#include "features/search/query_rewrite.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "features/namespaces/slices.h"
#include "json/splice.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

using json::Token;
using namespaces::Member;

// These make a query of its own.
constexpr std::array<std::string_view, 2> kAlone{"page_window", "include_leg_breakdown"};
// What a ranking is made from.
constexpr std::array<std::string_view, 5> kConsumed{"vector", "nearest_to_id", "vector_attribute",
                                                    "exclude_seeds", "filters"};

bool is_in(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The name of the first error's member with the query's place before it.
std::unexpected<Error> in_query(Error error, std::size_t at) {
  if (error.code == ErrorCode::kValidation) {
    const std::size_t colon = error.message.find(": ");
    if (colon != std::string::npos) {
      return json::wrong_member(fmt::format("queries[{}].{}", at, error.message.substr(0, colon)),
                                error.message.substr(colon + 2));
    }
  }
  error.message = fmt::format("queries[{}]: {}", at, error.message);
  return std::unexpected(std::move(error));
}

// The query with its ranking in place of what it was made from.
std::string with_ranking(std::string_view query, const Ranking& ranking) {
  std::string filters;
  std::string rest;
  bool sized = false;
  for (const Member& member : namespaces::members_of(query)) {
    const std::string_view value = member.value.of(query);
    if (member.name == "filters" && member.value.token != Token::kNull) {
      filters = value;
    }
    if (is_in(kConsumed, member.name) || member.name == "rank_by") {
      continue;
    }
    sized |=
        (member.name == "top_k" || member.name == "limit") && member.value.token != Token::kNull;
    rest += ',';
    core::append_json_string(rest, member.name);
    rest += ':';
    rest += value;
  }
  std::string out = R"({"rank_by":)" + ranking.rank_by;
  filters = freshness::all_of({filters, ranking.filter});
  if (!filters.empty()) {
    out += R"(,"filters":)" + filters;
  }
  return out + rest + (sized ? "}" : fmt::format(R"(,"top_k":{}}})", kTopKDefault));
}

// Whether there is something to rewrite. Errors: kValidation.
Result<bool> concerns(std::string_view query, std::string_view ns, embed::Embedder& embedder) {
  bool found = false;
  for (const Member& member : namespaces::members_of(query)) {
    if (member.value.token == Token::kNull) {
      continue;
    }
    if (is_in(kAlone, member.name)) {
      return json::wrong_member(member.name, "goes with a query of its own");
    }
    found |= member.name == "vector" || member.name == "nearest_to_id" ||
             (member.name == "rank_by" && is_served(member.value.of(query), ns, embedder));
  }
  return found;
}

// The fields that its ranking is made from, alone: the rest is the store's to read.
Result<LayerQuery> ranked_by(std::string_view query) {
  std::string alone;
  for (const Member& member : namespaces::members_of(query)) {
    if (member.name != "filters" && (is_in(kConsumed, member.name) || member.name == "rank_by")) {
      alone += alone.empty() ? "{" : ",";
      core::append_json_string(alone, member.name);
      alone += ':';
      alone += member.value.of(query);
    }
  }
  return read_layer_query(alone + "}");
}

}  // namespace

async::Task<Result<TextOutcome>> rewrite_queries(Rankings& rankings, embed::Embedder& embedder,
                                                 std::string_view ns, const std::string& body) {
  std::vector<json::Replacement> edits;
  std::map<std::string, Ranking> known;  // texts are embedded once
  for (const Member& member : namespaces::members_of(body)) {
    if (is_in(kAlone, member.name) || member.name == "vector" || member.name == "nearest_to_id") {
      if (member.value.token != Token::kNull) {
        co_return json::wrong_member(member.name, "does not go with queries");
      }
    }
    if (member.name != "queries") {
      continue;
    }
    const std::string_view list = member.value.of(body);
    std::size_t at = 0;
    for (const namespaces::Slice& slice : namespaces::items_of(list)) {
      const std::size_t index = at++;
      const std::string_view query = slice.of(list);
      const auto concerned = concerns(query, ns, embedder);
      if (!concerned) {
        co_return in_query(concerned.error(), index);
      }
      if (!*concerned) {
        continue;
      }
      const auto layer = ranked_by(query);
      if (!layer) {
        co_return in_query(layer.error(), index);
      }
      auto found = known.find(layer->rank_by);
      if (layer->rank_by.empty() || found == known.end()) {
        auto ranking = co_await rankings.resolve(*layer);
        if (!ranking) {
          co_return in_query(std::move(ranking).error(), index);
        }
        if (auto* const refusal = std::get_if<pages::StoreReply>(&*ranking)) {
          co_return std::move(*refusal);
        }
        found =
            known.insert_or_assign(layer->rank_by, std::get<Ranking>(std::move(*ranking))).first;
      }
      edits.push_back({.begin = member.value.begin + slice.begin,
                       .end = member.value.begin + slice.end,
                       .text = with_ranking(query, found->second)});
    }
  }
  co_return TextOutcome(json::replace_ranges(body, edits));
}

}  // namespace layer::features::search
