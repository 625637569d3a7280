// The functions of a deployment: registered, changed, paused, and how far each has come (rules UF7,
// UF10, UF13 and the status of the contract). Their work is in the queue; what the rows say is not
// looked at here.
//
// Errors of every operation: those of FunctionQueue; kNotFound where there is no such function;
// kValidation for an id or a specification; kCorrupt for a stored one that this program cannot
// read. Thread safety: any loop, concurrently; arguments are taken by value.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "features/functions/function_spec.h"
#include "queue/function_queue.h"

namespace layer::features::functions {

inline constexpr std::chrono::minutes kRateWindow{5};
inline constexpr std::uint32_t kSweepFailuresMax = 5;  // in a row; then a function pauses by itself

struct RegisteredFunction {
  std::string id;
  FunctionSpec spec;
  bool paused = false;
  std::int64_t throttled_until_ms = 0;
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
};

// Of the searches for rows to compute, over all namespaces.
struct DiscoveryStatus {
  std::uint64_t sweeps_completed = 0;
  std::optional<std::int64_t> last_completed_at_ms{};
  std::uint32_t consecutive_failures = 0;
  std::string pause_reason{};  // empty: it goes on
};

struct FunctionStatus {
  RegisteredFunction function;
  std::vector<std::string> namespaces{};  // that it works on now
  DiscoveryStatus discovery{};
  queue::FunctionCounts counts{};
  double completed_per_minute = 0;  // over kRateWindow
};

class FunctionRegistry {
 public:
  // Namespaces of the Indexes that a selector means.
  using Select = std::function<std::vector<std::string>(const FunctionSpec& spec)>;

  // Whether this deployment takes such a function. Errors: kValidation.
  using Admit = std::function<Result<void>(const FunctionSpec& spec)>;

  // Both outlive it; `select` is called on any loop.
  FunctionRegistry(queue::FunctionQueue& queue, Select select)
      : queue_(queue), select_(std::move(select)) {}

  // Asked of each function that is registered, on any loop. Call it before anything else.
  void admit(Admit admit) { admit_ = std::move(admit); }

  // Further errors: kConflict: there is one of that id.
  async::Task<Result<RegisteredFunction>> create(std::string id, std::string spec,
                                                 std::optional<bool> paused);
  // Makes it or changes it; under another version failed items wait again. Two that are registered
  // at the same instant are not checked against each other for cycles.
  async::Task<Result<RegisteredFunction>> put(std::string id, std::string spec,
                                              std::optional<bool> paused);
  async::Task<Result<RegisteredFunction>> find(std::string id);
  async::Task<Result<std::vector<RegisteredFunction>>> list();
  async::Task<Result<void>> remove(std::string id);
  async::Task<Result<RegisteredFunction>> pause(std::string id, bool paused);
  // How many failed items wait again.
  async::Task<Result<std::size_t>> reset_failed(std::string id);
  async::Task<Result<FunctionStatus>> status(std::string id);

  // Targets named and selected, by name, each once.
  std::vector<std::string> namespaces_of(const FunctionSpec& spec) const;

 private:
  async::Task<Result<queue::FunctionDefinition>> define(std::string id, std::string spec,
                                                        std::optional<bool> paused);

  queue::FunctionQueue& queue_;
  Select select_;
  Admit admit_{};
};

}  // namespace layer::features::functions
