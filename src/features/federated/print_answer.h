// The answer of a federated query as JSON (rule FQ6 of the contract). Thread safety: pure
// functions. Cost: a copy of the rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "features/federated/federated_query.h"

namespace layer::features::federated {

std::string print_answer(const FederatedAnswer& answer);
// A JSON array.
std::string print_faults(const std::vector<NamespaceFault>& errors);

// The least over the namespaces that answered; none where that of one of them is not known.
std::optional<std::int64_t> stable_as_of(const FederatedAnswer& answer);

}  // namespace layer::features::federated
