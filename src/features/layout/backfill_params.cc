#include "features/layout/backfill_params.h"

#include "json/document.h"
#include "json/writer.h"

namespace layer::features::layout {
namespace {

std::optional<wire::Id> read_id(std::string_view kind, const json::Value& value) {
  if (kind == wire::name(wire::IdType::kUint)) {
    std::uint64_t number = 0;
    return value.get(number) == simdjson::SUCCESS ? std::optional<wire::Id>(number) : std::nullopt;
  }
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (kind == wire::name(wire::IdType::kString)) {
    return std::string(text);
  }
  const auto uuid = wire::parse_uuid(text);
  return uuid ? std::optional<wire::Id>(*uuid) : std::nullopt;
}

}  // namespace

std::string print_backfill_params(const BackfillParams& params) {
  json::Writer out;
  out.begin_object().member("started_at", params.started_at_ms).end_object();
  return std::move(out).take();
}

Result<BackfillParams> parse_backfill_params(std::string_view json) {
  BackfillParams params;
  const auto document = json::Document::parse(std::string(json));
  if (!document || document->root()["started_at"].get(params.started_at_ms) != simdjson::SUCCESS) {
    return fail(ErrorCode::kCorrupt, "the parameters of a job of kind init cannot be read");
  }
  return params;
}

std::string print_cursor(const BackfillCursor& cursor) {
  json::Writer out;
  out.begin_object().member("found", cursor.found);
  if (cursor.after) {
    out.member("kind", wire::name(wire::type_of(*cursor.after))).key("after");
    if (const auto* number = std::get_if<std::uint64_t>(&*cursor.after)) {
      out.value(*number);
    } else {
      out.value(wire::to_string(*cursor.after));
    }
  }
  out.end_object();
  return std::move(out).take();
}

BackfillCursor parse_cursor(std::string_view text) {
  const auto document = json::Document::parse(std::string(text));
  if (!document) {
    return {};
  }
  const auto root = document->root();
  BackfillCursor cursor;
  if (root["found"].get(cursor.found) != simdjson::SUCCESS) {
    return {};
  }
  std::string_view kind;
  if (root["kind"].get(kind) == simdjson::SUCCESS && root["after"].error() == simdjson::SUCCESS) {
    cursor.after = read_id(kind, root["after"].value_unsafe());
    if (!cursor.after) {
      return {};
    }
  }
  return cursor;
}

}  // namespace layer::features::layout
