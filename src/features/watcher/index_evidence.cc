#include "features/watcher/index_evidence.h"

#include <string>

#include "json/document.h"

namespace layer::features::watcher {
namespace {

// Anywhere below: stores may report several indexes. The depth was limited when it was parsed.
bool any_unindexed(const json::Value& value) {
  json::Object object;
  if (value.get(object) != simdjson::SUCCESS) {
    return false;
  }
  for (const auto [name, member] : object) {
    double bytes = 0;
    const bool behind =
        name == "unindexed_bytes" && member.get(bytes) == simdjson::SUCCESS && bytes > 0;
    if (behind || any_unindexed(member)) {
      return true;
    }
  }
  return false;
}

}  // namespace

IndexState index_evidence(std::string_view index_json) {
  const auto document = json::Document::parse(std::string(index_json));
  json::Object index;
  if (index_json.empty() || !document || document->root().get(index) != simdjson::SUCCESS) {
    return IndexState::kUnknown;
  }
  std::string_view status;
  if (index["status"].get(status) == simdjson::SUCCESS) {
    return status == "up-to-date" ? IndexState::kStable
           : status == "updating" ? IndexState::kUpdating
                                  : IndexState::kUnknown;
  }
  return any_unindexed(document->root()) ? IndexState::kUpdating : IndexState::kUnknown;
}

}  // namespace layer::features::watcher
