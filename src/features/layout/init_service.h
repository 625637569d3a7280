// Giving a namespace its layout: the compare-and-set of layout.json and the job behind it (rules
// Z1 and Z2 of the contract). Thread safety: any loop, concurrently. What is referred to outlives
// the service.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/clock.h"
#include "features/jobs/job_runner.h"
#include "features/layout/init_params.h"
#include "features/layout/layout_record.h"
#include "features/layout/place.h"

namespace layer::features::layout {

inline constexpr std::string_view kInitKind = "init";
// How often a layout is read again when others change it at the same moment.
inline constexpr int kInitTriesMax = 5;

class InitService {
 public:
  struct Parts {
    jobs::JobRunner* runner;        // null: there is no queue database
    objects::ObjectStore* objects;  // null: it is off
    const namespaces::Router& router;
    namespaces::StateCache& states;
    const core::Clock& clock;
    // The layout is another: what is known of the namespace is old, here and at other gateways.
    std::function<void(std::string_view ns)> changed;
    // Whether the gateway opens the store itself, without a caller's bearer.
    std::function<bool(const store::VectorStore&)> has_credential{};
  };
  struct Ask {
    std::string ns;
    std::string owner;
    bool passthrough = false;  // the store's credential is the caller's
    std::string bearer{};      // that credential
    InitParams params{};
  };
  struct Outcome {
    namespaces::Layout layout;
    std::optional<std::uint64_t> row_count{};  // as the store says
    std::optional<std::string> job_id{};       // of the backfill that runs
  };
  explicit InitService(Parts parts) : parts_(std::move(parts)) {}

  // Asked again it changes nothing and names the job that runs. Errors: kNotFound (the store has no
  // such namespace), kConflict (another shard_count without `reshard`), kFeatureUnavailable,
  // kObjectStoreNotConfigured, kServiceUnavailable, those of the store.
  async::Task<Result<Outcome>> init(Ask ask);

 private:
  Result<void> check_backfill(const Ask& ask, const Place& place) const;
  async::Task<Result<namespaces::Layout>> settle(const Ask& ask, const Place& place,
                                                 const StoreView& view);
  async::Task<Result<std::string>> submit(const Ask& ask, const Place& place,
                                          const namespaces::Layout& layout);

  Parts parts_;
};

// The layout that `params` make of `before` (nullopt: none). Errors: kConflict. Pure.
Result<namespaces::Layout> apply_init(const std::optional<namespaces::Layout>& before,
                                      const InitParams& params, bool rows_have_shards,
                                      std::int64_t now_ms);

}  // namespace layer::features::layout
