// Changes of namespaces told to the other gateways of a queue database, and theirs heard (rule S3
// of the contract): whoever hears of one reads the namespace's state anew. Without a shared
// database this does nothing. Thread safety: changed() from any thread; the rest from the owner's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/gateway_queue.h"
#include "app/machine.h"
#include "features/namespaces/state_cache.h"
#include "queue/change_feed.h"
#include "queue/postgres/listener.h"

namespace layer::app {

class SharedChanges {
 public:
  // `queue`: null where there is none. What the arguments refer to outlives it.
  SharedChanges(GatewayQueue* queue, features::namespaces::StateCache& states, Machine& machine);

  void start();
  void stop();
  // The state of a namespace was changed by this gateway.
  void changed(std::string_view ns);

 private:
  features::namespaces::StateCache& states_;
  std::optional<queue::ChangeFeed> feed_;
  std::optional<queue::postgres::Listener> listener_;
};

}  // namespace layer::app
