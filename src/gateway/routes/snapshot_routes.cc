#include "gateway/routes/snapshot_routes.h"

namespace layer::gateway {

namespace snapshots = features::snapshots;

SnapshotRoutes::State::State(const Parts& parts, const snapshots::PlaceFinder& places)
    : store(*parts.store),
      policies(store.objects(), parts.jobs.clock, parts.policy),
      checkpoints(store, parts.jobs.clock),
      service({.runner = parts.jobs.runner,
               .places = places,
               .store = store,
               .has_credential = parts.has_credential,
               .stamp = parts.stamp}),
      job({.places = places,
           .store = store,
           .policies = policies,
           .stability = parts.stability,
           .pool = parts.pool,
           .clock = parts.jobs.clock,
           .metrics = parts.metrics}),
      retention({.places = places,
                 .store = store,
                 .checkpoints = checkpoints,
                 .policies = policies,
                 .clock = parts.jobs.clock,
                 .metrics = parts.metrics,
                 .shared = parts.shared,
                 .gateway = parts.gateway}),
      writer({.places = places,
              .service = service,
              .store = store,
              .policies = policies,
              .retention = retention,
              .stability = parts.stability,
              .clock = parts.jobs.clock,
              .log = parts.log,
              .loop = parts.loop,
              .pool = parts.pool,
              .looked = core::LoopMark(parts.metrics, "snapshot_writer"),
              .pruned = core::LoopMark(parts.metrics, "snapshot_retention")},
             {.look_every = parts.policy.refresh}),
      counts({places, store, policies, parts.jobs.clock}) {}

SnapshotRoutes::SnapshotRoutes(const Parts& parts)
    : places_(parts.router, parts.states),
      state_(parts.store == nullptr ? nullptr : std::make_unique<State>(parts, places_)),
      take_(route_parts(parts)),
      read_(route_parts(parts)),
      diff_(route_parts(parts), parts.pool),
      history_(route_parts(parts)),
      jobs_(route_parts(parts)),
      results_(route_parts(parts), parts.results),
      policy_(route_parts(parts)),
      checkpoints_(route_parts(parts)),
      checkpoint_(route_parts(parts)),
      activity_(route_parts(parts)) {
  if (state_ && parts.jobs.runner != nullptr) {
    parts.jobs.runner->add(state_->job);
  }
}

SnapshotParts SnapshotRoutes::route_parts(const Parts& parts) {
  return {.places = places_,
          .store = state_ ? &state_->store : nullptr,
          .service = state_ ? &state_->service : nullptr,
          .policies = state_ ? &state_->policies : nullptr,
          .checkpoints = state_ ? &state_->checkpoints : nullptr,
          .jobs = parts.jobs};
}

void SnapshotRoutes::serve(RouteHandlers& handlers) {
  handlers.serve(RouteId::kTakeSnapshot, take_);
  handlers.serve(RouteId::kLatestSnapshot, read_);
  handlers.serve(RouteId::kSnapshot, read_);
  handlers.serve(RouteId::kSnapshotDiff, diff_);
  handlers.serve(RouteId::kSnapshotHistory, history_);
  handlers.serve(RouteId::kSnapshotJobs, jobs_);
  handlers.serve(RouteId::kSnapshotJob, jobs_);
  handlers.serve(RouteId::kSnapshotResults, results_);
  handlers.serve(RouteId::kSnapshotPolicy, policy_);
  handlers.serve(RouteId::kPutSnapshotPolicy, policy_);
  handlers.serve(RouteId::kCreateCheckpoint, checkpoints_);
  handlers.serve(RouteId::kCheckpoints, checkpoints_);
  handlers.serve(RouteId::kCheckpoint, checkpoint_);
  handlers.serve(RouteId::kDeleteCheckpoint, checkpoint_);
  handlers.serve(RouteId::kSnapshotActivity, activity_);
}

void SnapshotRoutes::start() {
  if (state_) {
    state_->writer.start();
  }
}

void SnapshotRoutes::stop() {
  if (state_) {
    state_->writer.stop();
  }
}

void SnapshotRoutes::became_stable(std::string_view ns) {
  if (state_) {
    state_->writer.became_stable(ns);
  }
}

}  // namespace layer::gateway
