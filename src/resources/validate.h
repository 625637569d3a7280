// Holds a spec against its schema: every mistake is reported, defaults are filled in, and members
// come out in the order of the schema, so that equal specs print equally.
// Thread safety: pure functions. Cost: fields written times fields known.
#pragma once

#include <string>

#include "resources/report.h"
#include "resources/schema.h"

namespace layer::resources {

// Fields, defaults, then the rules of the kind. Mistakes go to `report`.
void validate_spec(const KindSchema& schema, std::string_view name, Node& spec, Report& report);

}  // namespace layer::resources
