// How far a namespace is known to be indexed, as the watcher of stable reads sees it. The interface
// stands here because lists and metadata show it; what implements it watches the stores.
// Thread safety: implementations answer from any loop and never wait.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace layer::features::freshness {

struct Stability {
  // The watermark; none until the namespace was seen stable once. A store's index status in a
  // single answer is no watermark: writes of other gateways may be under way.
  std::optional<std::int64_t> stable_as_of_ms{};
  bool stable = false;
};

class StabilitySource {
 public:
  virtual ~StabilitySource() = default;
  // Also tells the watcher that somebody is interested in the namespace.
  virtual Stability look(std::string_view ns) = 0;
  // The same without the interest.
  virtual Stability peek(std::string_view) { return {}; }
  // Somebody waits until the watermark has reached the stamp.
  virtual void await_stamp(std::string_view, std::int64_t) {}
};

// A deployment that watches nothing knows nothing.
class NothingWatched final : public StabilitySource {
 public:
  Stability look(std::string_view) override { return {}; }
};

}  // namespace layer::features::freshness
