// Runs the workers of all objects: looks at their queues, decides how many are wanted, starts and
// stops them, puts in order what they leave (rules SV1 to SV4 of the contract). Every kTurnEvery,
// and at once when somebody says that there is work.
//
// Thread safety: set() and work_arrived() from any thread; start() and stop() from one that is not
// the loop's; turn() on the loop. What Parts refers to outlives it, and the loop runs until stop()
// has returned.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "async/task_group.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop_mark.h"
#include "operator/process/launcher.h"
#include "operator/process/worker_pool.h"
#include "operator/process/workload.h"

namespace layer::workers {

inline constexpr std::chrono::seconds kTurnEvery{2};
// Between two turns that somebody asked for.
inline constexpr std::chrono::milliseconds kTurnAfter{50};

// What a turn looks at.
struct Look {
  using Names = std::set<std::string, std::less<>>;
  bool all = true;
  Names arrived{};  // queues: only where nobody works on them
  Names objects{};
};

class Supervisor {
 public:
  struct Parts {
    async::Loop& loop;
    const core::Clock& clock;
    core::Logger& log;
    Launcher& launcher;
    // Whether the workers are run here; asked before each turn.
    std::function<async::Task<bool>()> leads;
    // Whether an object is registered: before that it has no workers. On the loop.
    std::function<bool(const std::string& object)> registered;
    // On the loop, when something is new. A worker crashed: `crashed`.
    std::function<void(const Workload& workload, const WorkloadState& state)> report;
    std::function<void(const Workload& workload)> crashed;
    core::LoopMark turned{};  // of the loop, for metrics
  };
  explicit Supervisor(Parts parts);

  void start();
  // Workers of objects that are not named any more are stopped; those of objects that ask for
  // another command are replaced.
  void set(std::vector<Workload> workloads);
  // Cheap: called with every document that comes. Only who has no worker is looked at before time.
  void work_arrived(std::string_view queue);
  // Something is new that concerns this object.
  void look_at_once(std::string_view object);
  // Every worker is told to end, and killed after `patience`. Nothing runs afterwards. Idempotent.
  void stop(std::chrono::seconds patience);

  // Everything the look is about, once.
  async::Task<> turn(Look look = {});

 private:
  struct Unit {
    Workload workload;
    WorkerPool pool{};
    DesiredCount count{};
    std::map<WorkerPool::Number, std::unique_ptr<Worker>> workers{};
    std::optional<WorkloadState> told{};
    std::string fault{};
    bool gone = false;   // the object is no more
    bool clean = false;  // what earlier workers left was put in order
  };

  async::Task<> run();
  async::Task<> wait();
  void wake();
  void take_workloads();
  bool concerns(const Look& look, const Unit& unit) const;
  async::Task<> look_at(Unit& unit, bool leading);
  // Leases of workers of an earlier process that nobody ended.
  async::Task<bool> clean_up(Unit& unit);
  async::Task<std::set<WorkerPool::Number>> busy(Unit& unit);
  void follow(Unit& unit, const WorkerPool::Orders& orders);
  async::Task<> run_worker(Unit& unit, WorkerPool::Number number);
  void ended(Unit& unit, WorkerPool::Number number, Exit exit);
  async::Task<> release(Unit& unit, std::string worker);
  async::Task<> end_all(std::chrono::seconds patience);
  void forget_gone();
  bool is_empty() const;

  Parts parts_;
  async::TaskGroup tasks_;    // the loop below
  async::TaskGroup workers_;  // one a worker
  async::Timer timer_;
  std::map<std::string, std::unique_ptr<Unit>, std::less<>> units_;
  bool stopping_ = false;
  bool stopped_ = false;
  bool due_ = false;  // a turn is asked for

  std::mutex mutex_;  // of the next four
  std::optional<std::vector<Workload>> pending_;
  Look look_{.all = false};  // that is asked for
  bool posted_ = false;
  bool closed_ = false;
};

}  // namespace layer::workers
