#include "features/spool/manifest.h"

#include <fmt/format.h>

#include "json/document.h"
#include "json/writer.h"

namespace layer::features::spool {
namespace {

constexpr std::uint64_t kVersion = 1;

std::unexpected<Error> corrupt(std::string_view job_id, std::string_view what) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("the manifest of job {}'s results is damaged: {}", job_id, what));
}

Result<Part> parse_part(const json::Value& value, std::string_view job_id) {
  std::string_view key;
  Part part;
  if (value["key"].get(key) != simdjson::SUCCESS ||
      value["first"].get(part.first) != simdjson::SUCCESS ||
      value["lines"].get(part.lines) != simdjson::SUCCESS ||
      value["bytes"].get(part.bytes) != simdjson::SUCCESS) {
    return corrupt(job_id, "a part lacks a member");
  }
  part.key = key;
  if (!key.starts_with(results_prefix(job_id))) {
    return corrupt(job_id, "a part of another job");
  }
  return part;
}

}  // namespace

std::uint64_t Manifest::bytes() const {
  std::uint64_t sum = 0;
  for (const Part& part : parts) {
    sum += part.bytes;
  }
  return sum;
}

std::string results_prefix(std::string_view job_id) {
  return fmt::format("jobs/{}/", job_id);
}

std::string manifest_key(std::string_view job_id) {
  return results_prefix(job_id) + "manifest.json";
}

std::string part_key(std::string_view job_id, std::size_t number, std::string_view writer) {
  return fmt::format("jobs/{}/part-{:06}-{}.ndjson.zst", job_id, number, writer);
}

std::string print_manifest(const Manifest& manifest) {
  json::Writer out;
  out.begin_object().member("v", kVersion);
  out.member("epoch", manifest.epoch).member("writer", manifest.writer);
  out.member("complete", manifest.complete).member("cursor", manifest.cursor);
  out.key("parts").begin_array();
  for (const Part& part : manifest.parts) {
    out.begin_object().member("key", part.key).member("first", part.first);
    out.member("lines", part.lines).member("bytes", part.bytes).end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

Result<Manifest> parse_manifest(std::string text, std::string_view job_id) {
  auto document = json::Document::parse(std::move(text));
  if (!document) {
    return corrupt(job_id, document.error().message);
  }
  const json::Value& root = document->root();
  std::uint64_t version = 0;
  std::string_view writer;
  std::string_view cursor;
  json::Array parts;
  Manifest manifest;
  if (root["v"].get(version) != simdjson::SUCCESS || version != kVersion) {
    return corrupt(job_id, "its version is not known here");
  }
  if (root["epoch"].get(manifest.epoch) != simdjson::SUCCESS ||
      root["complete"].get(manifest.complete) != simdjson::SUCCESS ||
      root["writer"].get(writer) != simdjson::SUCCESS ||
      root["cursor"].get(cursor) != simdjson::SUCCESS ||
      root["parts"].get(parts) != simdjson::SUCCESS) {
    return corrupt(job_id, "a member is missing");
  }
  manifest.writer = writer;
  manifest.cursor = cursor;
  for (const json::Value& each : parts) {
    LAYER_ASSIGN(Part part, parse_part(each, job_id));
    if (part.first != manifest.lines() || part.lines == 0) {
      return corrupt(job_id, "its parts do not follow each other");
    }
    manifest.parts.push_back(std::move(part));
  }
  return manifest;
}

}  // namespace layer::features::spool
