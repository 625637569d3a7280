// `layer resources reference`: the reference page of the kinds and their fields.
#include <cstdio>

#include <fmt/format.h>

#include "cli/session.h"
#include "resources/reference.h"

namespace layer::cli {

int resources_reference(const Settings&, const std::vector<std::string>&) {
  fmt::print("{}", resources::resources_reference());
  return kOk;
}

}  // namespace layer::cli
