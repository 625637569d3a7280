// POST /v1/namespaces/{ns}/_debug/recall, and GET as the first version had it.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "engine/query/execute.h"
#include "engine/routes/handlers.h"
#include "engine/routes/url.h"
#include "json/document.h"
#include "wire/filter_parse.h"
#include "wire/keys.h"
#include "wire/print.h"
#include "wire/rank_by_parse.h"

namespace layer::engine::routes {
namespace {

using json::Path;

// Each is an exhaustive search.
constexpr std::uint32_t kSearchesMax = 1000;

struct Body {
  query::RecallRequest request;
  bool num_given = false;
};

constexpr wire::Key<Body> kFields[] = {
    {"num",
     [](Body& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.request.num, wire::read_u32(value, path));
       out.num_given = true;
       return {};
     }},
    {"top_k",
     [](Body& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.request.top_k, wire::read_u32(value, path));
       return {};
     }},
    {"filters",
     [](Body& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.request.filters, wire::parse_filter(value, path));
       return {};
     }},
    {"include_ground_truth",
     [](Body& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.request.include_ground_truth, wire::read_bool(value, path));
       return {};
     }},
    {"rank_by",
     [](Body& out, const json::Value& value, const Path& path) -> Result<void> {
       LAYER_ASSIGN(out.request.rank_by, wire::parse_rank_by(value, path));
       return {};
     }},
};

Result<void> check(const query::RecallRequest& request) {
  if (request.num < 1 || request.num > kSearchesMax) {
    return wire::semantic_error(
        fmt::format("💔 num must be between 1 and {}, got {}", kSearchesMax, request.num));
  }
  if (request.top_k < 1 || request.top_k > core::limits::result_rows_max) {
    return wire::semantic_error(
        fmt::format("💔 top_k must be between 1 and {}", core::limits::result_rows_max));
  }
  return {};
}

Result<query::RecallRequest> parse(std::string text) {
  Body body;
  if (text.empty()) {
    return body.request;  // every member has a default
  }
  LAYER_ASSIGN(const auto document, json::Document::parse(std::move(text)));
  const Path root(document.text());
  LAYER_ASSIGN(const json::Object object, wire::read_object(document.root(), root));
  LAYER_TRY(wire::read_keys(kFields, body, object, root));
  if (body.request.rank_by) {
    if (body.num_given && body.request.num != 1) {
      return wire::semantic_error("💔 num must be null or 1 when rank_by is given");
    }
    body.request.num = 1;
  }
  LAYER_TRY(check(body.request));
  return std::move(body.request);
}

Result<wire::Response> measure(const Snapshot& snapshot, const query::RecallRequest& request) {
  LAYER_ASSIGN(const wire::RecallResponse measured, query::measure_recall(snapshot, request));
  return json_response(wire::print(measured));
}

}  // namespace

Result<wire::Response> recall(Call& call) {
  LAYER_ASSIGN(query::RecallRequest request, parse(std::move(call.request.body)));
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  if (!call.request.respond_async) {
    return measure(*snapshot, request);
  }
  return call.services.operations.run(
      call.ns, [snapshot, request = std::move(request)] { return measure(*snapshot, request); });
}

Result<wire::Response> legacy_recall(Call& call) {
  query::RecallRequest request;
  LAYER_ASSIGN(const std::uint64_t num, query_number(call.request.query, "num", request.num));
  LAYER_ASSIGN(const std::uint64_t top_k, query_number(call.request.query, "top_k", request.top_k));
  request.num = static_cast<std::uint32_t>(std::min<std::uint64_t>(num, kSearchesMax + 1));
  request.top_k =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(top_k, core::limits::result_rows_max + 1));
  LAYER_TRY(check(request));
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  return measure(*snapshot, request);
}

}  // namespace layer::engine::routes
