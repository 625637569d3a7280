#include "features/federated/granted_names.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "features/federated/federated_ask.h"
#include "features/namespaces/names.h"
#include "features/namespaces/upstream.h"

namespace layer::features::federated {

async::Task<Result<GrantedNames>> granted_names(
    std::shared_ptr<const namespaces::RoutingTable> table, GrantedAsk ask,
    const namespaces::MayRead& may_read) {
  store::VectorStore& store = table->default_store();
  std::vector<std::string> names;
  std::string cursor;
  do {
    auto target = fmt::format("/v1/namespaces?page_size={}", namespaces::kListPageSizeMax);
    if (!cursor.empty()) {
      target += "&cursor=" + namespaces::percent_encode(cursor);
    }
    LAYER_CO_ASSIGN(auto answer, co_await namespaces::read_from(store, std::move(target),
                                                                ask.authorization, ask.deadline));
    if (answer.status != 200) {
      co_return pages::StoreReply{.status = answer.status,
                                  .headers = std::move(answer.headers),
                                  .body = std::move(answer.body)};
    }
    LAYER_CO_ASSIGN(const auto page, namespaces::parse_names(answer.body));
    for (const namespaces::ListedName& entry : page.names) {
      const auto logical = table->logical_name(store, entry.name);
      if (logical && may_read(store, *logical)) {
        names.emplace_back(*logical);
      }
    }
    cursor = page.next_cursor;
    // As many as the error lists are enough to know.
  } while (!cursor.empty() && names.size() < ask.namespaces_max + kExcessListedMax);
  std::ranges::sort(names);
  if (names.size() > ask.namespaces_max) {
    co_return std::unexpected(too_many_namespaces(names, ask.namespaces_max));
  }
  co_return names;
}

}  // namespace layer::features::federated
