// The queue database of a gateway, of whatever kind. Thread safety: the members as their headers
// say; open() and stop() from the owner's thread.
#pragma once

#include <memory>

#include "app/config.h"
#include "app/machine.h"
#include "objects/object_store.h"
#include "queue/change_feed.h"
#include "queue/document_queue.h"
#include "queue/function_queue.h"
#include "queue/measured_job_store.h"
#include "queue/postgres/postgres_coordination.h"
#include "queue/postgres/postgres_job_store.h"
#include "queue/sqlite/sqlite_job_store.h"

namespace layer::app {

class GatewayQueue {
 public:
  // Null: switched off. A server that cannot be reached is waited for later. `objects`: what is
  // bound to the database; may be null. Errors: what keeps the process from being started, in
  // words for who starts it.
  static Result<std::unique_ptr<GatewayQueue>> open(const Config& config, Machine& machine,
                                                    objects::ObjectStore* objects);
  ~GatewayQueue() { stop(); }
  GatewayQueue(const GatewayQueue&) = delete;
  GatewayQueue& operator=(const GatewayQueue&) = delete;

  queue::MeasuredJobStore& jobs() { return *jobs_; }
  const queue::MeasuredJobStore& jobs() const { return *jobs_; }
  // Documents of pipelines.
  queue::DocumentQueue& documents() { return *documents_; }
  // Rows that wait for functions.
  queue::FunctionQueue& functions() { return *functions_; }
  // What gateways tell each other through the database. Null: this one shares none.
  queue::Coordination* shared() { return shared_.get(); }
  // Where changes are notified. Null: nowhere.
  queue::postgres::Database* server() { return server_.get(); }
  // What waits for the database fails. Idempotent.
  void stop();

 private:
  GatewayQueue() = default;
  Result<void> open_file(const Config& config, Machine& machine, objects::ObjectStore* objects);
  Result<void> open_server(const Config& config, Machine& machine, objects::ObjectStore* objects);

  std::unique_ptr<queue::SqliteJobStore> file_;
  std::unique_ptr<queue::postgres::Database> server_;
  std::unique_ptr<queue::PostgresJobStore> server_jobs_;
  std::unique_ptr<queue::PostgresCoordination> shared_;
  std::unique_ptr<queue::MeasuredJobStore> jobs_;  // one of the above, timed
  std::unique_ptr<queue::DocumentQueue> documents_;
  std::unique_ptr<queue::FunctionQueue> functions_;
};

}  // namespace layer::app
