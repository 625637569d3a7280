// Can a filter be meant for this schema (rule FQ3 of the contract)? Thread safety: pure function.
#pragma once

#include <optional>
#include <string>

#include "wire/filter.h"
#include "wire/schema.h"

namespace layer::features::federated {

// What the first leaf that does not fit is wrong about; nullopt: all of them fit. Every leaf but
// one over `id` names an attribute that can be filtered so, with values of its type.
std::optional<std::string> filter_mismatch(const wire::Filter& filter, const wire::Schema& schema);

}  // namespace layer::features::federated
