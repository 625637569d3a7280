// Snapshots over HTTP (section 3.15 of the contract): taking one, reading bodies, what changed,
// history, the policy, checkpoints, the feed of what was taken. Thread safety: as RouteHandler.
#pragma once

#include "features/snapshots/checkpoints.h"
#include "features/snapshots/place.h"
#include "features/snapshots/policy.h"
#include "features/snapshots/snapshot_service.h"
#include "features/snapshots/snapshot_store.h"
#include "gateway/routes/job_results.h"
#include "gateway/routes/jobs.h"

namespace layer::gateway {

// What the routes are made from. All of it outlives them.
struct SnapshotParts {
  const features::snapshots::PlaceFinder& places;
  // Null, as those below: the object store is switched off.
  features::snapshots::SnapshotStore* store;
  features::snapshots::SnapshotService* service;
  features::snapshots::PolicyStore* policies;
  features::snapshots::Checkpoints* checkpoints;
  JobParts jobs;
};

// Where the request's namespace lives. Errors: kObjectStoreNotConfigured, those of PlaceFinder.
async::Task<Result<features::snapshots::Place>> snapshot_place(const SnapshotParts& parts,
                                                               const Exchange& exchange);
// What a failure of the object store is answered with.
Error snapshot_failure(Error error);
// A JSON body of at most 64 KiB. Errors: kPayloadTooLarge and those of the caller's connection.
async::Task<Result<std::string>> read_small_body(Exchange& exchange);

// POST .../snapshots
class TakeSnapshot final : public RouteHandler {
 public:
  explicit TakeSnapshot(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  SnapshotParts parts_;
};

// GET .../snapshots/{sha} and .../snapshots/latest
class ReadSnapshot final : public RouteHandler {
 public:
  explicit ReadSnapshot(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  SnapshotParts parts_;
};

// GET .../snapshots/diff
class SnapshotDiff final : public RouteHandler {
 public:
  SnapshotDiff(SnapshotParts parts, async::CpuPool& pool) : parts_(parts), pool_(pool) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  SnapshotParts parts_;
  async::CpuPool& pool_;
};

// GET .../history
class SnapshotHistory final : public RouteHandler {
 public:
  explicit SnapshotHistory(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  SnapshotParts parts_;
};

// GET .../snapshot-jobs and .../snapshot-jobs/{id}
class SnapshotJobs final : public RouteHandler {
 public:
  explicit SnapshotJobs(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> list(Exchange& exchange, std::string ns);

  SnapshotParts parts_;
};

// GET .../snapshot-jobs/{id}/results
class SnapshotResults final : public RouteHandler {
 public:
  SnapshotResults(SnapshotParts parts, ResultParts results)
      : parts_(parts), results_(std::move(results)) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  SnapshotParts parts_;
  ResultParts results_;
};

// GET and PUT .../snapshot-policy
class SnapshotPolicy final : public RouteHandler {
 public:
  explicit SnapshotPolicy(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  SnapshotParts parts_;
};

// POST and GET .../checkpoints
class CheckpointList final : public RouteHandler {
 public:
  explicit CheckpointList(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  async::Task<Result<http::Response>> create(Exchange& exchange, features::snapshots::Place place);
  async::Task<Result<http::Response>> list(Exchange& exchange, std::string ns);

  SnapshotParts parts_;
};

// GET and DELETE .../checkpoints/{label}
class CheckpointRoute final : public RouteHandler {
 public:
  explicit CheckpointRoute(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  SnapshotParts parts_;
};

// GET /v2/activity/snapshots
class SnapshotActivity final : public RouteHandler {
 public:
  explicit SnapshotActivity(SnapshotParts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  struct Feed;
  async::Task<Result<void>> collect(Exchange& exchange, Feed& feed);

  SnapshotParts parts_;
};

}  // namespace layer::gateway
