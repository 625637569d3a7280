#include "features/scans/scan_params.h"

#include "features/namespaces/slices.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::scans {
namespace {

void put(json::Writer& out, std::string_view name, const std::optional<std::int64_t>& value) {
  if (value) {
    out.member(name, *value);
  }
}

std::optional<std::int64_t> read(const json::Value& root, std::string_view name) {
  std::int64_t number = 0;
  return root[name].get(number) == simdjson::SUCCESS ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string print_params(const ScanParams& params) {
  json::Writer out;
  out.begin_object();
  out.member("incarnation", params.incarnation);
  out.member("strong", params.cut.upstream == freshness::ReadLevel::kStrong);
  out.member("stable", params.cut.stable);
  put(out, "cut_ms", params.cut.cut_ms);
  put(out, "watermark_ms", params.cut.watermark_ms);
  out.key("ask").raw(params.text);
  out.end_object();
  return std::move(out).take();
}

Result<ScanParams> parse_params(std::string_view text) {
  const auto document = json::Document::parse(std::string(text));
  ScanParams params;
  bool strong = false;
  if (!document || document->root()["incarnation"].get(params.incarnation) != simdjson::SUCCESS ||
      document->root()["strong"].get(strong) != simdjson::SUCCESS ||
      document->root()["stable"].get(params.cut.stable) != simdjson::SUCCESS) {
    return fail(ErrorCode::kCorrupt, "what the scan was asked for cannot be read");
  }
  params.cut.upstream = strong ? freshness::ReadLevel::kStrong : freshness::ReadLevel::kEventual;
  params.cut.cut_ms = read(document->root(), "cut_ms");
  params.cut.watermark_ms = read(document->root(), "watermark_ms");
  params.text = namespaces::raw_member(text, "ask");
  auto ask = parse_ask(params.text);
  if (!ask) {
    return fail(ErrorCode::kCorrupt,
                "what the scan was asked for is no longer understood: " + ask.error().message);
  }
  params.ask = std::move(*ask);
  return params;
}

}  // namespace layer::features::scans
