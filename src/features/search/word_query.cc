#include "features/search/word_query.h"

#include "features/namespaces/slices.h"
#include "json/writer.h"

namespace layer::features::search {

WordRanking word_ranking_of(std::string_view rank_by) {
  const auto items = namespaces::items_of(rank_by);
  if (items.size() < 2 || items[1].token != json::Token::kString) {
    return WordRanking::kNone;
  }
  const std::string operation = namespaces::string_of(items[1].of(rank_by));
  return operation == "HybridText" ? WordRanking::kHybridText
         : operation == "Auto"     ? WordRanking::kAuto
                                   : WordRanking::kNone;
}

std::string print_routing(const Routing& routing) {
  json::Writer out;
  out.begin_object().member("route", hybrid::name(routing.route));
  out.member("policy", routing.forced ? "forced" : "v1").member("tokens", routing.tokens);
  out.member("executed", routing.executed).end_object();
  return std::move(out).take();
}

std::uint8_t route_code(hybrid::Route route) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(route) + 1U);
}

Result<hybrid::Route> route_of(const Cursor& cursor) {
  if (const auto* const position = std::get_if<WindowPosition>(&cursor.position)) {
    for (const hybrid::Route route :
         {hybrid::Route::kHybridText, hybrid::Route::kFused, hybrid::Route::kSemantic}) {
      if (route_code(route) == position->route) {
        return route;
      }
    }
  }
  return std::unexpected(cursor_refused("malformed", "the cursor is of another ranking"));
}

}  // namespace layer::features::search
