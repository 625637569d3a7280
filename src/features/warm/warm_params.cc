#include "features/warm/warm_params.h"

#include <fmt/format.h>

#include "json/document.h"
#include "json/writer.h"
#include "json/wrong_member.h"

namespace layer::features::warm {
namespace {

Error wrong(std::string_view member, std::string_view problem) {
  return json::wrong_member(member, problem).error();
}

Result<std::uint32_t> read_integer(std::string_view member, const json::Value& value,
                                   std::uint32_t min, std::uint32_t max) {
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number < min ||
      number > max) {
    return std::unexpected(
        wrong(member, fmt::format("expected an integer from {} to {}", min, max)));
  }
  return static_cast<std::uint32_t>(number);
}

Result<bool> read_bool(std::string_view member, const json::Value& value) {
  bool flag = false;
  if (value.get(flag) != simdjson::SUCCESS) {
    return std::unexpected(wrong(member, "expected true or false"));
  }
  return flag;
}

Result<void> read_member(WarmParams& params, std::string_view name, const json::Value& value) {
  if (name == "page_size") {
    LAYER_ASSIGN(params.page_size, read_integer(name, value, 1, kPageSizeMax));
  } else if (name == "threads") {
    LAYER_ASSIGN(params.threads, read_integer(name, value, 1, kThreadsMax));
  } else if (name == "rows_per_second") {
    LAYER_ASSIGN(params.rows_per_second, read_integer(name, value, 0, kRowsPerSecondMax));
  } else if (name == "verify") {
    LAYER_ASSIGN(params.verify, read_bool(name, value));
  } else if (name == "vectors") {
    LAYER_ASSIGN(const bool vectors, read_bool(name, value));
    if (vectors) {
      return std::unexpected(wrong(name, "vectors are not cached; expected false"));
    }
  } else {
    return std::unexpected(
        wrong(name, "unknown; page_size, threads, rows_per_second, verify and vectors are known"));
  }
  return {};
}

}  // namespace

Result<WarmParams> parse_params(std::string_view json) {
  WarmParams params;
  auto document = json::Document::parse(std::string(json));
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return std::unexpected(wrong("body", "expected a JSON object"));
  }
  for (const auto& [name, value] : object) {
    LAYER_TRY(read_member(params, name, value));
  }
  return params;
}

Result<void> set_param(WarmParams& params, std::string_view name, std::string_view json) {
  const auto document = json::Document::parse(std::string(json));
  if (!document) {
    return std::unexpected(wrong(name, "expected an integer, true or false"));
  }
  return read_member(params, name, document->root());
}

std::string print_params(const WarmParams& params) {
  json::Writer out;
  out.begin_object();
  out.member("page_size", params.page_size);
  out.member("threads", params.threads);
  out.member("rows_per_second", params.rows_per_second);
  out.member("verify", params.verify);
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::features::warm
