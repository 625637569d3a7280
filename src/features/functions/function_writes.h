// What writes of a namespace mean to the functions over it (rules W3 and UF2 of the contract):
// which functions to look out for, and rows that wait for them as soon as they are written.
//
// The functions are those that were published last; a gateway publishes them at every look for
// sweeps, so that what another gateway registered is known within seconds. Sweeps find what a write
// in between did not enqueue. Thread safety: any thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "features/functions/function_registry.h"
#include "features/writes/write_plan.h"

namespace layer::features::functions {

class FunctionWrites {
 public:
  // It outlives this.
  explicit FunctionWrites(queue::FunctionQueue& queue) : queue_(queue) {}

  void publish(const FunctionRegistry& registry, const std::vector<RegisteredFunction>& functions);

  using Watched = std::shared_ptr<const writes::WatchedFunctions>;
  // Null: no function computes over the namespace. `but`: the one that writes.
  Watched of(std::string_view ns, std::string_view but = {}) const;

  struct Written {
    std::string ns;
    Watched functions;
    std::vector<writes::TouchedRow> rows;
    writes::FunctionMask patched = 0;  // whom patches concern
    std::optional<wire::IdType> id_type{};
  };
  // Rows that were upserted, or patched in what concerns it, wait for each function that is
  // triggered by writes; those that were deleted do not wait any more. Errors: those of the queue.
  async::Task<Result<void>> wrote(Written written);

 private:
  queue::FunctionQueue& queue_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Watched> by_namespace_;
};

}  // namespace layer::features::functions
