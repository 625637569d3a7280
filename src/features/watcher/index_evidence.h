// What a store's metadata answer says about its index (rule Y2 of the contract). Thread safety: a
// pure function.
#pragma once

#include <string_view>

#include "features/watcher/namespace_watch.h"

namespace layer::features::watcher {

// `index_json`: the member `index` of the answer, empty when absent. Without a status the index is
// behind when any unindexed_bytes in it is above zero, and nothing is known otherwise.
IndexState index_evidence(std::string_view index_json);

}  // namespace layer::features::watcher
