#include "features/deletions/fields.h"

namespace layer::features::deletions {

Result<json::Document> parse_object(std::string_view what, std::string text) {
  auto document = json::Document::parse(std::move(text));
  std::uint64_t version = 0;
  if (!document || !document->root().is_object() ||
      document->root()["v"].get(version) != simdjson::SUCCESS || version != kObjectVersion) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: not a JSON object of version {}", what, kObjectVersion));
  }
  return document;
}

}  // namespace layer::features::deletions
