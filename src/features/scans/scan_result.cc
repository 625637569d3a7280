#include "features/scans/scan_result.h"

#include "json/document.h"
#include "json/writer.h"

namespace layer::features::scans {

std::string print_result(const ScanResult& result) {
  json::Writer out;
  out.begin_object();
  out.member("source", result.source).member("threads", result.threads);
  if (result.unique_values) {
    out.member("unique_values", *result.unique_values);
  }
  out.member("truncated", result.truncated).member("bounded", result.bounded);
  out.member("timed_out", result.timed_out).member("approximate", result.approximate);
  if (!result.snapshot_sha.empty()) {
    out.member("snapshot_sha", result.snapshot_sha);
  }
  if (result.watermark_ms) {
    out.member("watermark_ms", *result.watermark_ms);
  }
  out.end_object();
  return std::move(out).take();
}

ScanResult parse_result(std::string_view text) {
  ScanResult result;
  const auto document = json::Document::parse(std::string(text));
  if (!document) {
    return result;
  }
  const json::Value& root = document->root();
  const auto flag = [&root](std::string_view name) {
    bool value = false;
    return root[name].get(value) == simdjson::SUCCESS && value;
  };
  const auto words = [&root](std::string_view name) {
    std::string_view value;
    return root[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  };
  std::uint64_t number = 0;
  std::int64_t time = 0;
  result.source = words("source");
  if (root["threads"].get(number) == simdjson::SUCCESS) {
    result.threads = static_cast<std::uint32_t>(number);
  }
  if (root["unique_values"].get(number) == simdjson::SUCCESS) {
    result.unique_values = number;
  }
  result.truncated = flag("truncated");
  result.bounded = flag("bounded");
  result.timed_out = flag("timed_out");
  result.approximate = flag("approximate");
  result.snapshot_sha = words("snapshot_sha");
  if (root["watermark_ms"].get(time) == simdjson::SUCCESS) {
    result.watermark_ms = time;
  }
  return result;
}

}  // namespace layer::features::scans
