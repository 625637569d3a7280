// Pipelines and Functions of a directory, wired: registered with the queues, their workers run,
// what becomes of them told in their status and in metrics. Thread safety: take_resources() from
// one thread at a time, staged() from any; the rest from the owner's thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "app/gateway_jobs.h"
#include "app/gateway_state.h"
#include "app/gateway_stores.h"
#include "app/machine.h"
#include "app/resource_watch.h"
#include "app/worker_keys.h"
#include "operator/process/function_registrar.h"
#include "operator/process/function_source.h"
#include "operator/process/leadership.h"
#include "operator/process/pipeline_source.h"
#include "operator/process/process_launcher.h"
#include "operator/process/registration.h"
#include "operator/process/supervisor.h"
#include "operator/process/workloads.h"

namespace layer::app {

// How long workers may take to finish before requests are refused.
inline constexpr std::chrono::seconds kWorkersDrainFor{30};
// Objects whose workers are gauged; those seen first.
inline constexpr std::size_t kGaugedWorkloadsMax = 1000;

class SupervisorWiring {
 public:
  // The service of functions, as far as resources need it; nothing: it is off.
  struct Functions {
    queue::FunctionQueue* queue = nullptr;
    std::function<async::Task<Result<void>>(std::string id)> find{};
    std::function<async::Task<Result<void>>(std::string id, std::string spec, bool paused)> put{};
    std::function<async::Task<Result<void>>(std::string id)> remove{};
  };
  struct Parts {
    const Config& config;
    Machine& machine;
    GatewayStores& stores;
    GatewayState& state;
    GatewayJobs& jobs;
    ResourceWatch& resources;
    WorkerKeys& keys;
    Functions functions{};
  };
  // All of it outlives the wiring.
  explicit SupervisorWiring(Parts parts);

  // Requests arrive at `url`. Without resources nothing begins.
  void start(const std::string& url);
  // They have changed.
  void take_resources();
  // A document was staged, or an item of a function waits: cheap.
  void staged(std::string_view queue);
  // Workers finish what they have; returns when none runs. Idempotent.
  void stop_workers();
  // After the resources have stopped. Idempotent.
  void stop();

 private:
  core::LoopMark mark(std::string_view loop, bool runs) const;
  using Gauge = std::shared_ptr<std::atomic<std::uint32_t>>;
  struct Shown {
    Gauge running;
    Gauge starting;
    Gauge stopping;
  };

  std::vector<std::unique_ptr<workers::Registrar>> registrars();
  std::optional<workers::FunctionRegistrar::Service> function_service();
  void give_work(const resources::Catalog& catalog);
  void tell_pools(const resources::Catalog& catalog);
  void take(const workers::Registrar::Told& told);
  void tell(const workers::Workload& workload, const workers::WorkloadState& state);
  void show(const workers::Workload& workload, const workers::WorkloadState& state);

  Parts parts_;
  std::unique_ptr<workers::PipelineSource> pipelines_;  // null: there is no queue
  std::unique_ptr<workers::FunctionSource> functions_;  // null: there is none
  // Of one thread: programs end with the one that started them.
  async::CpuPool pool_{{.name = "workers"}};
  workers::ProcessLauncher launcher_;
  workers::Leadership leadership_;
  workers::Registration registration_;
  workers::Supervisor supervisor_;
  std::map<std::string, Shown> shown_;  // on the loop
  std::set<std::string> registered_;    // objects; on the loop
  std::mutex mutex_;                    // of the next two
  std::string url_;                     // empty: not yet
  bool stopped_ = false;
};

}  // namespace layer::app
