// Every namespace of the default store that a caller may read (rule FQ1 of the contract), under the
// names callers use. Thread safety: any loop; what the arguments refer to outlives the await.
// Cost: one call of the store a thousand names.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "features/namespaces/list.h"
#include "features/namespaces/routing.h"
#include "features/pages/store_query.h"

namespace layer::features::federated {

struct GrantedAsk {
  std::string authorization{};     // as store::Call takes it
  std::size_t namespaces_max = 0;  // more of them are an error
  async::TimePoint deadline = async::TimePoint::max();
};

// The names, sorted; or the store's refusal to list them. Errors: kValidation (more than the
// limit, which lists the excess), kUpstream, those of VectorStore::send.
using GrantedNames = std::variant<std::vector<std::string>, pages::StoreReply>;
async::Task<Result<GrantedNames>> granted_names(
    std::shared_ptr<const namespaces::RoutingTable> table, GrantedAsk ask,
    const namespaces::MayRead& may_read);

}  // namespace layer::features::federated
