// GET /v1/namespaces/{ns}?cursor=: all documents, page by page in the order of their ids, as
// columns.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "engine/query/execute.h"
#include "engine/routes/cursor.h"
#include "engine/routes/handlers.h"
#include "engine/routes/url.h"
#include "json/writer.h"
#include "wire/print_row.h"

namespace layer::engine::routes {
namespace {

// A page lies in memory, vectors and all.
constexpr std::uint32_t kPageRows = 1000;
constexpr std::string_view kVector = "vector";

Result<wire::Literal> read_start(const json::Document& cursor) {
  LAYER_ASSIGN(const json::Value value, start_after(cursor));
  std::uint64_t number = 0;
  if (value.get_uint64().get(number) == simdjson::SUCCESS) {
    if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return wire::Literal{static_cast<std::int64_t>(number)};
    }
    return wire::Literal{number};
  }
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidArgument, "💔 invalid cursor");
  }
  return wire::Literal{std::string(text)};
}

wire::Query page_query(std::optional<wire::Literal> after) {
  wire::SubQuery page;
  page.rank_by = wire::RankOrder{{{.attribute = "id", .descending = false}}};
  page.limit = wire::Limit{.total = kPageRows, .per = std::nullopt};
  page.projection.mode = wire::Projection::Mode::kAll;
  page.include_given = true;
  if (after) {
    page.filters = wire::Filter{wire::Comparison{
        .attribute = "id", .op = wire::FilterOp::kGt, .operand = std::move(*after)}};
  }
  wire::Query query;
  query.queries.push_back(std::move(page));
  return query;
}

// Values of one attribute, row by row; nullptr where a row has none.
using ColumnOfPage = std::vector<const wire::OutputField*>;

std::unordered_map<std::string_view, ColumnOfPage> columns_of(const wire::Rows& rows) {
  std::unordered_map<std::string_view, ColumnOfPage> columns;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const wire::OutputField& field : rows[i].fields) {
      ColumnOfPage& column = columns[field.name];
      column.resize(rows.size());
      column[i] = &field;
    }
  }
  return columns;
}

void print_column(json::Writer& out, const ColumnOfPage* column, std::size_t rows) {
  out.begin_array();
  for (std::size_t i = 0; i < rows; ++i) {
    const wire::OutputField* field = column != nullptr ? (*column)[i] : nullptr;
    if (field == nullptr || wire::is_absent(*field)) {
      out.null();
    } else {
      wire::write(out, *field, wire::VectorEncoding::kFloat);
    }
  }
  out.end_array();
}

std::string print_page(const wire::Schema& schema, const wire::Rows& rows) {
  const auto columns = columns_of(rows);
  const auto column = [&](std::string_view name) -> const ColumnOfPage* {
    const auto found = columns.find(name);
    return found != columns.end() ? &found->second : nullptr;
  };
  json::Writer out(wire::printed_bytes(rows, wire::VectorEncoding::kFloat));
  out.begin_object().key("ids").begin_array();
  for (const wire::OutputRow& row : rows) {
    wire::write(out, row.id);
  }
  out.end_array().key("vectors");
  print_column(out, column(kVector), rows.size());
  out.key("attributes").begin_object();
  for (const wire::Attribute& attribute : schema.attributes()) {
    if (attribute.name != kVector && !attribute.dropped()) {
      out.key(attribute.name);
      print_column(out, column(attribute.name), rows.size());
    }
  }
  out.end_object().key("next_cursor");
  if (rows.size() == kPageRows) {
    json::Writer last;
    wire::write(last, rows.back().id);
    out.value(encode_cursor(last.text()));
  } else {
    out.null();
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace

Result<wire::Response> legacy_export(Call& call) {
  const std::string cursor = query_parameter(call.request.query, "cursor").value_or("");
  std::optional<wire::Literal> after;
  if (!cursor.empty()) {
    LAYER_ASSIGN(const json::Document document, decode_cursor(cursor));
    LAYER_ASSIGN(after, read_start(document));
  }
  LAYER_ASSIGN(const auto snapshot, call.services.catalog.snapshot(call.ns));
  LAYER_ASSIGN(const wire::QueryResponse page,
               query::execute(*snapshot, page_query(std::move(after)), call.services.crew));
  return json_response(print_page(*snapshot->schema, std::get<wire::Rows>(page.results.at(0))));
}

}  // namespace layer::engine::routes
