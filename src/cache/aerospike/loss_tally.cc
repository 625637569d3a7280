#include "cache/aerospike/loss_tally.h"

namespace layer::cache::aerospike {

std::uint64_t LossTally::observe(const std::map<std::string, std::uint64_t>& by_node,
                                 std::uint64_t generation) {
  const std::scoped_lock lock(mutex_);
  // Whatever a node that left or came had, some of it may be lost.
  if (generation_ != 0 && generation != generation_) {
    ++total_;
  }
  generation_ = generation;
  for (const auto& [id, count] : by_node) {
    const auto at = last_.find(id);
    if (at != last_.end()) {
      total_ += count >= at->second ? count - at->second : count + 1;
    }
  }
  last_ = by_node;
  return total_;
}

}  // namespace layer::cache::aerospike
