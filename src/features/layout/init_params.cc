#include "features/layout/init_params.h"

#include <string>

#include <fmt/format.h>

#include "features/namespaces/layout.h"
#include "json/document.h"
#include "json/wrong_member.h"

namespace layer::features::layout {
namespace {

Result<std::uint32_t> read_integer(std::string_view member, const json::Value& value,
                                   std::uint32_t max) {
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number < 1 || number > max) {
    return json::wrong_member(member, fmt::format("expected an integer from 1 to {}", max));
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
      return json::wrong_member(name, "expected \"all\" or \"scans\"");
    }
    params.scatter_queries = text == "all";
  } else if (name == "reshard") {
    if (value.get(params.reshard) != simdjson::SUCCESS) {
      return json::wrong_member(name, "expected true or false");
    }
  } else {
    return json::wrong_member(
        name, "unknown; schema_version, shard_count, scatter and reshard are known");
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
    return json::wrong_member("body", "expected a JSON object");
  }
  for (const auto& [name, value] : object) {
    if (!value.is_null()) {
      LAYER_TRY(read_member(params, name, value));
    }
  }
  return params;
}

}  // namespace layer::features::layout
