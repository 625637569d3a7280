#include "features/scans/ranked_page.h"

#include <utility>

#include "features/documents/ids.h"
#include "features/namespaces/slices.h"
#include "json/document.h"

namespace layer::features::scans {

Result<std::vector<RankedRow>> cut_rows(std::string_view list, wire::IdType type,
                                        const std::string& field) {
  std::vector<RankedRow> rows;
  if (!list.starts_with('[')) {
    return fail(ErrorCode::kUpstream, "the store's answer to a ranked query is not one of rows");
  }
  for (const namespaces::Slice& slice : namespaces::items_of(list)) {
    const std::string_view row = slice.of(list);
    LAYER_ASSIGN(const auto document, json::Document::parse(std::string(row)));
    json::Value id;
    if (document.root()["id"].get(id) != simdjson::SUCCESS) {
      return fail(ErrorCode::kUpstream, "a row of the store's has no id");
    }
    RankedRow out;
    LAYER_ASSIGN(out.id, documents::read_id(id, type, "id"));
    if (document.root()["$dist"].get(out.dist) != simdjson::SUCCESS) {
      out.dist = 0;
    }
    if (!field.empty()) {
      out.value = namespaces::raw_member(row, field);
    }
    rows.push_back(std::move(out));
  }
  return rows;
}

}  // namespace layer::features::scans
