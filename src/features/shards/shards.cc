#include "features/shards/shards.h"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

namespace layer::features::shards {

std::uint32_t shard_count(const namespaces::NamespaceState& state) {
  const bool ready = state.layout && state.layout->state == namespaces::Layout::State::kReady;
  return ready ? std::max(state.layout->shard_count, 1U) : 1;
}

std::string shard_filter(std::uint32_t shard, std::uint32_t count) {
  if (count <= 1) {
    return {};
  }
  std::string carries = fmt::format(R"(["_hevlayer_shard","Eq",{}])", shard);
  return shard == 0 ? R"(["Or",[)" + carries + R"(,["_hevlayer_shard","Eq",null]]])" : carries;
}

std::vector<std::uint32_t> shards_of(const std::vector<wire::Id>& ids, std::uint32_t count) {
  std::vector<std::uint32_t> shards{0};
  for (const wire::Id& id : ids) {
    const std::string text = wire::to_string(id);
    shards.push_back(static_cast<std::uint32_t>(XXH64(text.data(), text.size(), 0) % count));
  }
  std::ranges::sort(shards);
  const auto tail = std::ranges::unique(shards);
  shards.erase(tail.begin(), tail.end());
  return shards;
}

std::uint32_t fan_out_width(std::uint32_t threads, std::uint32_t count) {
  return std::max(std::min({threads, kThreadsMax, count}), 1U);
}

}  // namespace layer::features::shards
