#include "features/pages/row_count.h"

#include <utility>

#include "json/document.h"

namespace layer::features::pages {

std::string_view consistency_json(documents::Level level) {
  return level == documents::Level::kStrong ? R"({"level":"strong"})" : R"({"level":"eventual"})";
}

std::string count_body(std::string_view filter, documents::Level level) {
  std::string body = "{";
  if (!filter.empty()) {
    body += R"("filters":)";
    body += filter;
    body += ',';
  }
  body += R"("aggregate_by":{"n":["Count"]},"consistency":)";
  body += consistency_json(level);
  body += '}';
  return body;
}

Result<std::uint64_t> read_count(std::string body) {
  LAYER_ASSIGN(const auto document, json::Document::parse(std::move(body)));
  std::uint64_t count = 0;
  if (document.root().at_pointer("/aggregations/n").get(count) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUpstream, "the store's answer to a count is not one");
  }
  return count;
}

async::Task<Result<std::uint64_t>> count_rows(const documents::Origin& origin, std::string filter,
                                              documents::Level level, async::TimePoint deadline) {
  LAYER_CO_ASSIGN(StoreReply reply,
                  co_await query_store(origin, count_body(filter, level), deadline));
  if (!reply.ok()) {
    co_return std::unexpected(refusal_of(reply));
  }
  co_return read_count(std::move(reply.body));
}

}  // namespace layer::features::pages
