#include "features/snapshots/latest.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "json/document.h"
#include "json/writer.h"

namespace layer::features::snapshots {
namespace {

constexpr std::string_view kPrefix = "snapshots/";
constexpr std::string_view kSuffix = ".json";
constexpr std::size_t kTimeDigits = 13;
constexpr std::size_t kShaDigits = 64;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::unexpected<Error> corrupt() {
  return fail(ErrorCode::kCorrupt, "the pointer to the latest snapshot is damaged");
}

}  // namespace

std::string print_latest(const Latest& latest) {
  json::Writer out;
  out.begin_object().member("v", 1).member("key", latest.key).member("sha", latest.sha);
  out.member("watermark_ms", latest.watermark_ms);
  out.member("unchanged_through_ms", latest.unchanged_through_ms);
  out.key("fields").begin_array();
  for (const std::string& field : latest.fields) {
    out.value(field);
  }
  out.end_array();
  out.member("written_at", latest.written_at_ms).member("incarnation", latest.incarnation);
  out.key("asked_ms").begin_object();
  for (const auto& [field, time] : latest.asked_ms) {
    out.member(field, time);
  }
  out.end_object().end_object();
  return std::move(out).take();
}

Result<Latest> parse_latest(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  json::Object object;
  std::string_view key;
  std::string_view sha;
  json::Array fields;
  json::Object asked;
  Latest latest;
  if (!document || document->root().get(object) != simdjson::SUCCESS ||
      object.at_key("key").get(key) != simdjson::SUCCESS ||
      object.at_key("sha").get(sha) != simdjson::SUCCESS ||
      object.at_key("watermark_ms").get(latest.watermark_ms) != simdjson::SUCCESS ||
      object.at_key("unchanged_through_ms").get(latest.unchanged_through_ms) != simdjson::SUCCESS ||
      object.at_key("fields").get(fields) != simdjson::SUCCESS ||
      object.at_key("written_at").get(latest.written_at_ms) != simdjson::SUCCESS ||
      object.at_key("incarnation").get(latest.incarnation) != simdjson::SUCCESS ||
      object.at_key("asked_ms").get(asked) != simdjson::SUCCESS) {
    return corrupt();
  }
  latest.key = key;
  latest.sha = sha;
  for (const json::Value field : fields) {
    std::string_view name;
    if (field.get(name) != simdjson::SUCCESS) {
      return corrupt();
    }
    latest.fields.emplace_back(name);
  }
  for (const auto& [field, value] : asked) {
    std::int64_t time = 0;
    if (value.get(time) != simdjson::SUCCESS) {
      return corrupt();
    }
    latest.asked_ms.emplace(field, time);
  }
  return latest;
}

std::string snapshots_prefix(std::string_view ns) {
  return fmt::format("{}{}/", kPrefix, ns);
}

std::string latest_key(std::string_view ns) {
  return snapshots_prefix(ns) + "latest.json";
}

std::string body_key(std::string_view ns, std::int64_t watermark_ms, std::string_view sha) {
  return fmt::format("{}{}/{:013}-{}{}", kPrefix, ns, watermark_ms, sha, kSuffix);
}

std::optional<KeyParts> parse_body_key(std::string_view key) {
  if (!key.starts_with(kPrefix) || !key.ends_with(kSuffix)) {
    return std::nullopt;
  }
  key = key.substr(kPrefix.size(), key.size() - kPrefix.size() - kSuffix.size());
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos || key.size() != slash + 1 + kTimeDigits + 1 + kShaDigits ||
      key[slash + 1 + kTimeDigits] != '-') {
    return std::nullopt;
  }
  const std::string_view time = key.substr(slash + 1, kTimeDigits);
  const std::string_view sha = key.substr(slash + 2 + kTimeDigits);
  std::int64_t watermark_ms = 0;
  const auto [end, fault] = std::from_chars(time.data(), time.data() + time.size(), watermark_ms);
  if (fault != std::errc() || end != time.data() + time.size() || !is_hex(sha)) {
    return std::nullopt;
  }
  return KeyParts{.ns = std::string(key.substr(0, slash)),
                  .watermark_ms = watermark_ms,
                  .sha = std::string(sha)};
}

}  // namespace layer::features::snapshots
