#include "wire/legacy_query.h"

#include <fmt/format.h>

#include <array>

#include "core/limits.h"
#include "json/writer.h"
#include "wire/filter_parse.h"
#include "wire/print_row.h"
#include "wire/query_fields.h"
#include "wire/query_rules.h"
#include "wire/rank_by_parse.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

constexpr std::string_view kVector = "vector";
constexpr std::int64_t kTopKDefault = 10;

constexpr std::array<std::string_view, 9> kFields{
    kVector,   "distance_metric", "top_k",       "include_vectors",       "include_attributes",
    "filters", "rank_by",         "consistency", "vector_encoding_format"};

Result<void> read_ranking(SubQuery& query, const Fields& fields, const Path& path) {
  const json::Value* const vector = fields.get(kVector);
  const json::Value* const rank_by = fields.get("rank_by");
  if (vector != nullptr && rank_by != nullptr) {
    return semantic_error("💔 cannot specify both vector and rank_by");
  }
  if (rank_by != nullptr) {
    LAYER_ASSIGN(query.rank_by, parse_rank_by(*rank_by, path.member("rank_by")));
  }
  if (vector != nullptr) {
    LAYER_ASSIGN(QueryVectors operand, parse_query_vectors(*vector, path.member(kVector)));
    query.rank_by = RankVector{.attribute = std::string(kVector), .operand = std::move(operand)};
  }
  return {};
}

// Vectors and attributes are asked for apart here; one projection serves both.
Result<void> read_projection(LegacyQuery& legacy, const Fields& fields, const Path& path) {
  SubQuery& query = legacy.query.queries.front();
  if (const auto* include = fields.get("include_vectors")) {
    LAYER_ASSIGN(legacy.include_vectors, read_bool(*include, path.member("include_vectors")));
  }
  if (const auto* include = fields.get("include_attributes")) {
    LAYER_ASSIGN(query.projection, read_include(*include, path.member("include_attributes")));
    legacy.include_attributes = query.projection.mode != Projection::Mode::kNone;
  }
  if (legacy.include_vectors && query.projection.mode != Projection::Mode::kAll) {
    query.projection.mode = Projection::Mode::kInclude;
    query.projection.names.emplace_back(kVector);
  }
  query.include_given = legacy.include_vectors || legacy.include_attributes;
  return {};
}

Result<void> read_options(Query& query, const Fields& fields, const Path& path) {
  SubQuery& sub = query.queries.front();
  sub.limit = Limit{.total = kTopKDefault, .per = std::nullopt};
  if (const auto* top_k = fields.get("top_k")) {
    LAYER_ASSIGN(sub.limit->total, read_count(*top_k, path.member("top_k")));
  }
  if (const auto* filters = fields.get("filters")) {
    LAYER_ASSIGN(sub.filters, parse_filter(*filters, path.member("filters")));
  }
  if (const auto* metric = fields.get("distance_metric")) {
    LAYER_ASSIGN(sub.distance_metric,
                 read_distance_metric(*metric, path.member("distance_metric")));
  }
  if (const auto* consistency = fields.get("consistency")) {
    LAYER_ASSIGN(query.consistency, read_consistency(*consistency, path.member("consistency")));
  }
  if (const auto* encoding = fields.get("vector_encoding_format")) {
    LAYER_ASSIGN(query.vector_encoding,
                 read_vector_encoding(*encoding, path.member("vector_encoding_format")));
  }
  return {};
}

void write_row(json::Writer& out, const OutputRow& row, const LegacyQuery& legacy,
               VectorEncoding encoding) {
  out.begin_object().key("id");
  write(out, row.id);
  if (row.dist) {
    out.member("dist", *row.dist);
  }
  for (const OutputField& field : row.fields) {
    if (legacy.include_vectors && field.name == kVector && !is_absent(field)) {
      out.key(kVector);
      write(out, field, encoding);
    }
  }
  if (legacy.include_attributes) {
    out.key("attributes").begin_object();
    for (const OutputField& field : row.fields) {
      if (field.name != kVector && !is_absent(field)) {
        out.key(field.name);
        write(out, field, encoding);
      }
    }
    out.end_object();
  }
  out.end_object();
}

}  // namespace

Result<LegacyQuery> parse_legacy_query(std::string_view body) {
  if (body.size() > core::limits::query_body_bytes_max) {
    return fail(ErrorCode::kPayloadTooLarge,
                fmt::format("query bodies must have at most {} bytes, got {}",
                            core::limits::query_body_bytes_max, body.size()));
  }
  LAYER_ASSIGN(const json::Document document, json::Document::parse(std::string(body)));
  const Path path(document.text());
  LAYER_ASSIGN(const json::Object object, read_object(document.root(), path, "struct Query"));
  LAYER_ASSIGN(const Fields fields, Fields::read(object, path, kFields));
  LegacyQuery legacy;
  legacy.query.queries.emplace_back();
  LAYER_TRY(read_options(legacy.query, fields, path));
  LAYER_TRY(read_ranking(legacy.query.queries.front(), fields, path));
  LAYER_TRY(read_projection(legacy, fields, path));
  LAYER_TRY(check_rules(legacy.query));
  return legacy;
}

std::string print_legacy(const QueryResponse& response, const LegacyQuery& legacy) {
  if (response.results.empty() || !std::holds_alternative<Rows>(response.results.front())) {
    return "[]";
  }
  const Rows& rows = std::get<Rows>(response.results.front());
  json::Writer out(printed_bytes(rows, response.vector_encoding));
  out.begin_array();
  for (const OutputRow& row : rows) {
    write_row(out, row, legacy, response.vector_encoding);
  }
  out.end_array();
  return std::move(out).take();
}

}  // namespace layer::wire
