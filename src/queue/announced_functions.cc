#include "queue/announced_functions.h"

#include <algorithm>

namespace layer::queue {

async::Task<Result<Added>> AnnouncedFunctions::add(std::string function, std::vector<ItemKey> keys,
                                                   AddMode mode) {
  const auto added = co_await queue_.add(function, std::move(keys), mode);
  announce(added && added->added + added->renewed > 0, function);
  co_return added;
}

// What waited while it was paused.
async::Task<Result<std::optional<Function>>> AnnouncedFunctions::pause(std::string id,
                                                                       bool paused) {
  auto changed = co_await queue_.pause(id, paused);
  announce(changed && *changed && !paused, id);
  co_return changed;
}

async::Task<Result<Outcomes>> AnnouncedFunctions::release(std::string function, std::string worker,
                                                          std::vector<ItemLease> items) {
  auto outcomes = co_await queue_.release(function, std::move(worker), std::move(items));
  announce(outcomes && std::ranges::any_of(*outcomes, [](const Outcome& one) { return !one; }),
           function);
  co_return outcomes;
}

async::Task<Result<std::size_t>> AnnouncedFunctions::reset_failed(std::string function) {
  const auto reset = co_await queue_.reset_failed(function);
  announce(reset && *reset > 0, function);
  co_return reset;
}

}  // namespace layer::queue
