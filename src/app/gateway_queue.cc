#include "app/gateway_queue.h"

#include <utility>

#include "app/queue_binding.h"
#include "async/run.h"
#include "queue/postgres/connect_options.h"
#include "queue/postgres/postgres_document_queue.h"
#include "queue/postgres/postgres_function_queue.h"
#include "queue/sqlite/sqlite_document_queue.h"
#include "queue/sqlite/sqlite_function_queue.h"

namespace layer::app {

Result<std::unique_ptr<GatewayQueue>> GatewayQueue::open(const Config& config, Machine& machine,
                                                         objects::ObjectStore* objects) {
  if (config.gateway.queue.kind == QueueConfig::Kind::kOff) {
    return nullptr;
  }
  std::unique_ptr<GatewayQueue> queue(new GatewayQueue());
  const bool is_file = config.gateway.queue.kind == QueueConfig::Kind::kFile;
  LAYER_TRY(is_file ? queue->open_file(config, machine, objects)
                    : queue->open_server(config, machine, objects));
  queue::JobStore& store = is_file ? static_cast<queue::JobStore&>(*queue->file_)
                                   : static_cast<queue::JobStore&>(*queue->server_jobs_);
  queue->jobs_ = std::make_unique<queue::MeasuredJobStore>(store, machine.metrics);
  return queue;
}

Result<void> GatewayQueue::open_file(const Config& config, Machine& machine,
                                     objects::ObjectStore* objects) {
  const QueueConfig& queue = config.gateway.queue;
  const auto file = queue.file.empty() ? config.data_dir / "queue.db" : queue.file;
  LAYER_ASSIGN(file_, queue::SqliteJobStore::open(file, machine.clock));
  documents_ = std::make_unique<queue::SqliteDocumentQueue>(file_->writer(), machine.clock);
  functions_ = std::make_unique<queue::SqliteFunctionQueue>(file_->writer(), machine.clock);
  if (objects == nullptr) {
    return {};
  }
  return async::run_blocking(machine.loops.at(0), [&] {
    return bind_queue(*objects, {.kind = "sqlite", .instance = file_->instance()}, queue.adopt);
  });
}

Result<void> GatewayQueue::open_server(const Config& config, Machine& machine,
                                       objects::ObjectStore* objects) {
  queue::postgres::DatabaseOptions options = config.gateway.queue.postgres;
  if (objects != nullptr) {
    options.admit = [objects, adopt = config.gateway.queue.adopt](std::string instance) {
      return bind_queue(
          *objects, {.kind = "postgres", .instance = std::move(instance), .binds = true}, adopt);
    };
  }
  server_ = std::make_unique<queue::postgres::Database>(machine.loops.at(0), std::move(options),
                                                        &machine.metrics);
  server_jobs_ = std::make_unique<queue::PostgresJobStore>(*server_);
  shared_ = std::make_unique<queue::PostgresCoordination>(*server_);
  documents_ = std::make_unique<queue::PostgresDocumentQueue>(*server_);
  functions_ = std::make_unique<queue::PostgresFunctionQueue>(*server_);
  const std::string where = queue::postgres::shown(config.gateway.queue.postgres.connection.url);
  const auto opened = server_->open();
  if (opened) {
    machine.log.info("the queue database is open",
                     {{"server", where}, {"instance", server_->instance()}});
  } else if (opened.error().code == ErrorCode::kUnavailable) {
    machine.log.warn("the queue database cannot be reached; jobs wait until it is back",
                     {{"server", where}, {"error", opened.error().message}});
  } else {
    return std::unexpected(opened.error());
  }
  return {};
}

void GatewayQueue::stop() {
  if (file_ != nullptr) {
    file_->stop();
  }
  if (server_ != nullptr) {
    server_->stop();
  }
}

}  // namespace layer::app
