#include "features/writes/affected_ids.h"

#include "json/splice.h"

namespace layer::features::writes {

std::optional<std::string> cut_affected_ids(std::string_view answer) {
  return json::cut_members(answer, [](std::string_view name) {
    return name == "upserted_ids" || name == "patched_ids" || name == "deleted_ids";
  });
}

}  // namespace layer::features::writes
