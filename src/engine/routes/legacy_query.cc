// POST /v1/namespaces/{ns}/query: rows as an array, timing in a header.
#include "wire/legacy_query.h"

#include <utility>

#include <fmt/format.h>

#include "engine/query/execute.h"
#include "engine/routes/handlers.h"

namespace layer::engine::routes {
namespace {

std::string server_timing(const wire::QueryPerformance& performance) {
  return fmt::format(
      "cache;hit_ratio={:.1f};temperature={}, exhaustive_search;count={}, processing_time;dur={}, "
      "query_execution_time;dur={}",
      performance.cache_hit_ratio, performance.cache_temperature,
      performance.exhaustive_search_count, performance.server_total_ms,
      performance.query_execution_ms);
}

}  // namespace

Result<wire::Response> legacy_query(Call& call) {
  LAYER_ASSIGN(const wire::LegacyQuery parsed, wire::parse_legacy_query(call.request.body));
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  LAYER_ASSIGN(wire::QueryResponse answer,
               query::execute(*snapshot, parsed.query, call.services.crew));
  answer.performance.server_total_ms = call.stopwatch.total_ms();
  wire::Response response = json_response(wire::print_legacy(answer, parsed));
  response.headers.emplace_back("server-timing", server_timing(answer.performance));
  return response;
}

}  // namespace layer::engine::routes
