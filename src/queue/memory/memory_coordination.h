// The coordination of a gateway that is alone: nobody else sees it, and nothing of it need outlive
// the process. Thread safety: as Coordination.
#pragma once

#include <map>
#include <mutex>

#include "core/clock.h"
#include "queue/coordination.h"

namespace layer::queue {

class MemoryCoordination final : public Coordination {
 public:
  // The clock outlives it.
  explicit MemoryCoordination(const core::Clock& clock) : clock_(clock) {}

  async::Task<Result<std::optional<std::uint64_t>>> lead(
      std::string name, std::string holder, std::chrono::milliseconds lease_for) override;
  async::Task<Result<void>> resign(std::string name, std::string holder) override;
  async::Task<Result<void>> beat(Heartbeat heartbeat) override;
  async::Task<Result<void>> leave(std::string gateway) override;
  async::Task<Result<std::vector<std::string>>> live_gateways() override;
  async::Task<Result<std::optional<std::int64_t>>> low_water(std::string ns) override;
  async::Task<Result<void>> publish(SharedWatermark watermark) override;
  async::Task<Result<std::vector<SharedWatermark>>> watermarks(
      std::vector<std::string> namespaces) override;
  async::Task<Result<void>> forget_watermark(std::string ns) override;
  async::Task<Result<void>> announce(std::string kind, std::string key) override;
  async::Task<Result<std::vector<Change>>> changes(std::int64_t sequence) override;
  async::Task<Result<std::int64_t>> last_change() override;
  async::Task<Result<void>> forget_changes() override;

 private:
  struct Lease {
    std::string holder;
    std::uint64_t epoch = 0;
    std::int64_t until_ms = 0;
  };
  struct Beaten {
    Heartbeat heartbeat;
    std::int64_t at_ms = 0;
  };
  struct Announced {
    Change change;
    std::int64_t at_ms = 0;
  };
  bool is_live(const Beaten& gateway) const;

  const core::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Lease> leases_;
  std::map<std::string, Beaten> gateways_;
  std::map<std::string, SharedWatermark> watermarks_;
  std::int64_t last_sequence_ = 0;
  std::map<std::int64_t, Announced> changes_;
};

}  // namespace layer::queue
