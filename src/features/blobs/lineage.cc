#include "features/blobs/lineage.h"

#include <fmt/format.h>

#include "features/namespaces/layout.h"
#include "json/document.h"

namespace layer::features::blobs {
namespace {

std::vector<std::string> read_names(const json::Value& root, const char* member) {
  std::vector<std::string> names;
  json::Array list;
  if (root[member].get(list) != simdjson::SUCCESS) {
    return names;
  }
  for (const json::Value entry : list) {
    std::string_view name;
    if (names.size() < kAncestorsMax && entry.get(name) == simdjson::SUCCESS &&
        namespaces::is_namespace_name(name)) {
      names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace

std::string lineage_key(std::string_view ns) {
  return fmt::format("namespaces/{}/lineage.json", ns);
}

Result<Lineage> parse_lineage(std::string_view text) {
  if (text.size() > kLineageBytesMax) {
    return fail(ErrorCode::kCorrupt, "a lineage is larger than 64 KiB");
  }
  const auto document = json::Document::parse(std::string(text));
  if (!document || !document->root().is_object()) {
    return fail(ErrorCode::kCorrupt, "a lineage is no JSON object");
  }
  return Lineage{.ancestors = read_names(document->root(), "ancestors"),
                 .children = read_names(document->root(), "children")};
}

}  // namespace layer::features::blobs
