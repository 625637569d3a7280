// What a namespace failed with, as it is told beside the rows of the others, and what the answers
// of the others tell. Thread safety: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "features/federated/federated_query.h"

namespace layer::features::federated {

// The fault is the request's, not the namespace's: no other namespace would answer it either.
bool concerns_all(const Error& error);

NamespaceFault fault_of(std::string_view ns, const Error& error);
NamespaceFault fault_of(std::string_view ns, const pages::StoreReply& refusal);

Error out_of_time();
// 502 with the member "errors".
Error all_failed(const std::vector<NamespaceFault>& errors);
// 422: a strict query wanted distances compared.
Error downgraded(std::string_view reason);

// Everything but the rows goes into `answer`.
void take_facts(const search::SearchAnswer& found, const FederatedPlace& place,
                FederatedAnswer& answer);

}  // namespace layer::features::federated
