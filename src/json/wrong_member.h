// What is said of a body's member, or of a header, that is not as it must be: an error whose field
// "details" names it for programs. Thread safety: pure functions.
#pragma once

#include <string_view>

#include "core/error.h"

namespace layer::json {

// kValidation, "<member>: <problem>", details [{"field":...,"problem":...}].
std::unexpected<Error> wrong_member(std::string_view member, std::string_view problem);

}  // namespace layer::json
