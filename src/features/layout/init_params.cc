#include "features/layout/init_params.h"

#include <string>

#include <fmt/format.h>

#include "features/namespaces/layout.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::layout {
namespace {

std::unexpected<Error> wrong(std::string_view member, std::string_view problem) {
  json::Writer details;
  details.begin_array().begin_object();
  details.member("field", member);
  details.member("problem", problem);
  details.end_object().end_array();
  return std::unexpected(
      Error{.code = ErrorCode::kValidation,
            .message = fmt::format("{}: {}", member, problem),
            .fields = {{.name = "details", .value = std::move(details).take(), .json = true}}});
}

Result<std::uint32_t> read_integer(std::string_view member, const json::Value& value,
                                   std::uint32_t max) {
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number < 1 || number > max) {
    return wrong(member, fmt::format("expected an integer from 1 to {}", max));
  }
  return static_cast<std::uint32_t>(number);
}

Result<void> read_member(InitParams& params, std::string_view name, const json::Value& value) {
  if (name == "schema_version") {
    LAYER_ASSIGN(params.schema_version, read_integer(name, value, UINT32_MAX));
  } else if (name == "shard_count") {
    LAYER_ASSIGN(params.shard_count, read_integer(name, value, namespaces::kLayoutShardsMax));
  } else if (name == "scatter") {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS || (text != "all" && text != "scans")) {
      return wrong(name, "expected \"all\" or \"scans\"");
    }
    params.scatter_queries = text == "all";
  } else if (name == "reshard") {
    if (value.get(params.reshard) != simdjson::SUCCESS) {
      return wrong(name, "expected true or false");
    }
  } else {
    return wrong(name, "unknown; schema_version, shard_count, scatter and reshard are known");
  }
  return {};
}

}  // namespace

Result<InitParams> parse_init(std::string_view body) {
  InitParams params;
  if (body.empty()) {
    return params;
  }
  auto document = json::Document::parse(std::string(body));
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return wrong("body", "expected a JSON object");
  }
  for (const auto& [name, value] : object) {
    if (!value.is_null()) {
      LAYER_TRY(read_member(params, name, value));
    }
  }
  return params;
}

}  // namespace layer::features::layout
