#include "gateway/routes/multi_query.h"

#include <string>

#include <fmt/format.h>

#include "core/text.h"
#include "features/namespaces/slices.h"

namespace layer::gateway {
namespace {

namespace namespaces = features::namespaces;

Error refuse(std::string_view field, std::string_view problem) {
  return {.code = ErrorCode::kValidation,
          .message = fmt::format("{}: {}", field, problem),
          .fields = {{.name = "details",
                      .value = fmt::format(R"([{{"field":{},"problem":{}}}])",
                                           core::json_string(field), core::json_string(problem)),
                      .json = true}}};
}

Result<void> check_leg(std::string_view leg, std::size_t at) {
  for (const namespaces::Member& member : namespaces::members_of(leg)) {
    if (member.name == "cursor") {
      return std::unexpected(
          refuse(fmt::format("queries[{}].cursor", at), "a multi-query is not paged"));
    }
    if (member.name != "rank_by") {
      continue;
    }
    const std::string_view rank_by = member.value.of(leg);
    const auto parts = namespaces::items_of(rank_by);
    const std::string kind =
        parts.size() > 1 ? namespaces::string_of(parts[1].of(rank_by)) : std::string();
    if (kind == "HybridText" || kind == "Auto") {
      return std::unexpected(
          refuse(fmt::format("queries[{}].rank_by", at),
                 fmt::format("{} is a query of its own; ask for it without queries", kind)));
    }
  }
  return {};
}

}  // namespace

Result<void> check_multi_query(std::string_view body) {
  for (const namespaces::Member& member : namespaces::members_of(body)) {
    if (member.name == "cursor") {
      return std::unexpected(refuse("cursor", "a multi-query is not paged"));
    }
    if (member.name != "queries") {
      continue;
    }
    const std::string_view queries = member.value.of(body);
    std::size_t at = 0;
    for (const namespaces::Slice& leg : namespaces::items_of(queries)) {
      LAYER_TRY(check_leg(leg.of(queries), at++));
    }
  }
  return {};
}

Error queries_missing() {
  return refuse("queries", "missing; one query alone goes to /query");
}

}  // namespace layer::gateway
