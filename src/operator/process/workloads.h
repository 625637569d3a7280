// Which workers the resources ask for. Thread safety: pure functions.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "operator/process/worker_environment.h"
#include "operator/process/workload.h"
#include "resources/catalog.h"

namespace layer::workers {

// Where workers run: one machine and one gateway.
struct WorkerHost {
  std::filesystem::path directory;  // of the resources; workers begin there
  std::string url;                  // of the gateway
  Environment inherited;
  // The key of an object's workers.
  std::function<std::string(const resources::Resource& object)> key;
  // Null: nobody here keeps queues of that kind.
  WorkSource* pipelines = nullptr;
  WorkSource* functions = nullptr;
  bool stamp = true;  // rows get the time of their write, unless their Index says no
};

struct PlannedWorkload {
  Workload workload;
  std::vector<resources::Condition> conditions;  // PoolResolved, Paused, NamespacesResolved
  std::map<std::string, std::string> fields{};   // of the status, as JSON: activeNamespaces
};

// Of every Pipeline and Function in force.
std::vector<PlannedWorkload> plan_workloads(const resources::Catalog& catalog,
                                            const WorkerHost& host);

// The namespaces that a function works on: those it names, and those whose Index has the labels it
// asks for.
std::set<std::string> namespaces_of(const resources::Catalog& catalog,
                                    const resources::FunctionSpec& spec);

}  // namespace layer::workers
