// docs/reference/resources.md, made from the schema tables. Thread safety: pure function.
#pragma once

#include <string>

namespace layer::resources {

std::string resources_reference();

}  // namespace layer::resources
