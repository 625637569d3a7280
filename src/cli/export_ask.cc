#include "cli/export_ask.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "core/units.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kReservedPrefix = "_hevlayer_";

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::string name = list.substr(begin, end - begin);
    if (!name.empty() && std::ranges::find(names, name) == names.end()) {
      names.push_back(std::move(name));
    }
    begin = end + 1;
  }
  return names;
}

Result<ExportFormat> read_format(const std::string& format) {
  if (format.empty() || format == "ndjson") {
    return ExportFormat::kNdjson;
  }
  if (format == "csv") {
    return ExportFormat::kCsv;
  }
  if (format == "parquet") {
    return fail(ErrorCode::kInvalidArgument,
                "--format: parquet is not written by this program; export ndjson and convert it: "
                "python3 -c \"import duckdb; duckdb.sql(\\\"COPY (FROM read_json_auto("
                "'rows.ndjson')) TO 'rows.parquet'\\\")\"");
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("--format: '{}' is not a format: use ndjson or csv", format));
}

bool is_vector(std::string_view type) {
  while (type.starts_with("[]")) {
    type.remove_prefix(2);
  }
  return type.starts_with('[') || type.starts_with('{');
}

std::string_view type_of(const json::value& entry) {
  const json::value* type = entry.is_object() ? entry.as_object().if_contains("type") : &entry;
  if (type == nullptr || !type->is_string()) {
    return {};
  }
  return {type->as_string().data(), type->as_string().size()};
}

}  // namespace

Result<ExportAsk> read_export_ask(const Session& session) {
  ExportAsk ask{.attributes = split(session.flag("attributes")),
                .vectors = !session.flag("vectors").empty(),
                .out = session.flag("out"),
                .resume = !session.flag("resume").empty()};
  LAYER_ASSIGN(ask.format, read_format(session.flag("format")));
  if (ask.resume && ask.out.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--resume needs --out, the file to go on with");
  }
  const std::string& retry_for = session.flag("retry-for");
  auto patience = core::parse_duration(retry_for.empty() ? "5m" : retry_for);
  if (!patience) {
    return fail(ErrorCode::kInvalidArgument, "--retry-for: " + patience.error().message);
  }
  ask.retry_for = *patience;
  json::object body;
  boost::system::error_code ec;
  if (const std::string& filters = session.flag("filters"); !filters.empty()) {
    json::parse(filters, ec);
    if (ec) {
      return fail(ErrorCode::kInvalidArgument,
                  "--filters: expected JSON, such as '[\"year\",\"Gt\",1990]'");
    }
  }
  if (!ask.attributes.empty()) {
    body["include_attributes"] = json::array(ask.attributes.begin(), ask.attributes.end());
  }
  if (ask.vectors) {
    body["vectors"] = true;
  }
  for (const auto& [flag, member] : {std::pair{"page-size", "page_size"}, {"threads", "threads"}}) {
    if (const std::string& text = session.flag(flag); !text.empty()) {
      const auto number = core::parse_uint(text);
      if (!number) {
        return fail(ErrorCode::kInvalidArgument, fmt::format("--{}: expected a number", flag));
      }
      body[member] = *number;
    }
  }
  ask.body = json::serialize(body);
  if (const std::string& filters = session.flag("filters"); !filters.empty()) {
    // As it was typed: numbers keep their digits.
    ask.body.pop_back();
    ask.body += (body.empty() ? "" : ",") + (R"("filters":)" + filters) + "}";
  }
  return ask;
}

Result<std::vector<std::string>> csv_columns(const ExportAsk& ask, const std::string& metadata) {
  std::vector<std::string> columns{"id"};
  if (!ask.attributes.empty()) {
    std::ranges::copy_if(ask.attributes, std::back_inserter(columns),
                         [](const std::string& name) { return name != "id"; });
    return columns;
  }
  boost::system::error_code ec;
  const json::value parsed = json::parse(metadata, ec);
  const json::value* schema =
      ec || !parsed.is_object() ? nullptr : parsed.as_object().if_contains("schema");
  if (schema == nullptr || !schema->is_object()) {
    return fail(ErrorCode::kInvalidJson, "the namespace's metadata has no schema");
  }
  for (const auto& attribute : schema->as_object()) {
    const std::string_view name(attribute.key().data(), attribute.key().size());
    if (name != "id" && !name.starts_with(kReservedPrefix) &&
        (ask.vectors || !is_vector(type_of(attribute.value())))) {
      columns.emplace_back(name);
    }
  }
  std::ranges::sort(columns.begin() + 1, columns.end());
  return columns;
}

}  // namespace layer::cli
