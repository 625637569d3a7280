// Which rows an id in a write body may mean. Thread safety: pure functions.
#pragma once

#include <optional>
#include <vector>

#include "wire/id.h"

namespace layer::features::writes {

// The ids that `written` (a number or a string, as it stands in a body) may be the id of, in a
// namespace of ids of `type`. One where that is certain. Where the type is not known, or the
// spelling is not one of its own (the namespace may have been made anew with other ids), all that
// it could be: who guards each of them guards the right one.
std::vector<wire::Id> candidate_ids(const wire::Id& written, std::optional<wire::IdType> type);

}  // namespace layer::features::writes
