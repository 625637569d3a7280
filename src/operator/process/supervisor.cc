#include "operator/process/supervisor.h"

#include <algorithm>
#include <charconv>
#include <csignal>

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "async/deadline.h"
#include "async/run.h"

namespace layer::workers {
namespace {

std::string worker_id(const Workload& workload, WorkerPool::Number number) {
  return fmt::format("{}-{}", workload.name, number);
}

// "books-12" of "books": 12.
std::optional<WorkerPool::Number> number_of(const Workload& workload, std::string_view worker) {
  if (!worker.starts_with(workload.name)) {
    return std::nullopt;
  }
  worker.remove_prefix(workload.name.size());
  if (!worker.starts_with('-')) {
    return std::nullopt;
  }
  worker.remove_prefix(1);
  WorkerPool::Number number = 0;
  const auto [end, error] = std::from_chars(worker.data(), worker.data() + worker.size(), number);
  return error == std::errc() && end == worker.data() + worker.size() ? std::optional(number)
                                                                      : std::nullopt;
}

}  // namespace

Supervisor::Supervisor(Parts parts)
    : parts_(std::move(parts)),
      tasks_(parts_.loop),
      workers_(parts_.loop),
      timer_(parts_.loop.get_executor()) {}

void Supervisor::start() {
  async::asio::post(parts_.loop, [this] {
    if (!stopping_) {
      tasks_.spawn(run());
    }
  });
}

void Supervisor::set(std::vector<Workload> workloads) {
  {
    const std::lock_guard lock(mutex_);
    pending_ = std::move(workloads);
  }
  wake();
}

void Supervisor::work_arrived(std::string_view queue) {
  {
    const std::lock_guard lock(mutex_);
    if (!look_.arrived.contains(queue)) {
      look_.arrived.emplace(queue);
    }
  }
  wake();
}

void Supervisor::look_at_once(std::string_view object) {
  {
    const std::lock_guard lock(mutex_);
    look_.objects.emplace(object);
  }
  wake();
}

// What is posted under the lock runs before what stop() posts after it.
void Supervisor::wake() {
  const std::lock_guard lock(mutex_);
  if (closed_ || std::exchange(posted_, true)) {
    return;
  }
  async::asio::post(parts_.loop, [this] {
    due_ = true;
    timer_.cancel();
  });
}

async::Task<> Supervisor::run() {
  auto next_whole = async::SteadyClock::now();
  while (!stopping_) {
    Look look;
    {
      const std::lock_guard lock(mutex_);
      look = std::exchange(look_, {.all = false});
      look.all = pending_.has_value();
      posted_ = false;
    }
    due_ = false;
    const auto now = async::SteadyClock::now();
    if (look.all || now >= next_whole) {
      look.all = true;
      next_whole = now + kTurnEvery;
    }
    co_await turn(std::move(look));
    parts_.turned.done();
    // Documents come by the thousand: they are looked at together.
    if (!stopping_) {
      co_await async::sleep_for(kTurnAfter);
    }
    if (!stopping_ && !due_) {
      timer_.expires_at(next_whole);
      co_await timer_.async_wait(async::kToken);
    }
  }
}

async::Task<> Supervisor::turn(Look look) {
  take_workloads();
  const bool leading = co_await parts_.leads();
  // Units are made and forgotten in turns alone, so they stay where they are meanwhile.
  for (auto& [object, unit] : units_) {
    if (stopping_) {
      co_return;
    }
    if (concerns(look, *unit)) {
      co_await look_at(*unit, leading);
    }
  }
  forget_gone();
}

// Counting a long queue takes its time: the next turn does where there is a worker already.
bool Supervisor::concerns(const Look& look, const Unit& unit) const {
  const Workload& workload = unit.workload;
  const bool idle = unit.pool.empty() && !workload.held && workload.refusal.empty() &&
                    !unit.pool.waits_until(parts_.clock.steady());
  return look.all || look.objects.contains(workload.object) ||
         (idle && look.arrived.contains(workload.queue));
}

void Supervisor::take_workloads() {
  std::optional<std::vector<Workload>> pending;
  {
    const std::lock_guard lock(mutex_);
    pending = std::exchange(pending_, std::nullopt);
  }
  if (!pending) {
    return;
  }
  for (auto& [object, unit] : units_) {
    unit->gone = true;
  }
  for (Workload& workload : *pending) {
    auto& unit = units_[workload.object];
    if (unit == nullptr) {
      unit = std::make_unique<Unit>();
    } else if (!unit->gone) {
      continue;  // named twice
    } else if (unit->workload.command != workload.command ||
               unit->workload.queue != workload.queue) {
      unit->pool.renew();
      unit->fault.clear();
      unit->clean = unit->clean && unit->workload.queue == workload.queue;
    }
    unit->gone = false;
    unit->told.reset();
    unit->pool.set_patience(workload.timeout + kStopGrace);
    unit->workload = std::move(workload);
  }
}

async::Task<> Supervisor::look_at(Unit& unit, bool leading) {
  const Workload& workload = unit.workload;
  WorkloadState state{.leading = leading, .registered = parts_.registered(workload.object)};
  Demand demand{.held = workload.held || !workload.refusal.empty() || unit.gone || !leading ||
                        !state.registered};
  if (workload.source != nullptr && leading && !unit.gone) {
    if (const auto depth = co_await workload.source->depth(workload.queue)) {
      state.depth = *depth;
    }
  }
  demand.depth = state.depth;
  state.desired = unit.count.next(workload.scaling, demand, parts_.clock);
  if (!leading) {
    unit.clean = false;
  } else if (state.desired > 0 && !unit.clean) {
    unit.clean = co_await clean_up(unit);
  }
  std::set<WorkerPool::Number> holders;
  if (!demand.held && unit.pool.shrinks(parts_.clock.steady(), state.desired)) {
    holders = co_await busy(unit);
  }
  if (stopping_) {
    co_return;
  }
  const auto now = parts_.clock.steady();
  // Nothing is gained by stopping those one by one that nobody wants.
  if (demand.held) {
    follow(unit, unit.pool.stop_all(now, workload.timeout + kStopGrace));
  }
  follow(unit, unit.pool.turn(now, unit.clean || state.desired == 0 ? state.desired : 0, holders));
  state.running = unit.pool.running();
  state.starting = unit.pool.starting();
  state.stopping = unit.pool.stopping();
  state.crash_loop = unit.pool.in_crash_loop(now);
  state.fault = unit.fault;
  if (unit.told != state) {
    unit.told = state;
    parts_.report(workload, state);
  }
}

async::Task<bool> Supervisor::clean_up(Unit& unit) {
  const Workload& workload = unit.workload;
  if (workload.source == nullptr) {
    co_return true;
  }
  const auto holders = co_await workload.source->holders(workload.queue);
  if (!holders) {
    // Before its registration there is no queue, and nothing to clean.
    co_return holders.error().code == ErrorCode::kNotFound;
  }
  for (const std::string& holder : *holders) {
    const auto number = number_of(workload, holder);
    if (number && !unit.pool.runs(*number)) {
      co_await release(unit, holder);
    }
  }
  co_return true;
}

async::Task<std::set<WorkerPool::Number>> Supervisor::busy(Unit& unit) {
  std::set<WorkerPool::Number> numbers;
  if (unit.workload.source != nullptr) {
    const auto holders = co_await unit.workload.source->holders(unit.workload.queue);
    if (holders) {
      for (const std::string& holder : *holders) {
        if (const auto number = number_of(unit.workload, holder)) {
          numbers.insert(*number);
        }
      }
    }
  }
  co_return numbers;
}

void Supervisor::follow(Unit& unit, const WorkerPool::Orders& orders) {
  const auto send = [&](const std::vector<WorkerPool::Number>& numbers, int signal) {
    for (const WorkerPool::Number number : numbers) {
      if (const auto worker = unit.workers.find(number); worker != unit.workers.end()) {
        worker->second->signal(signal);
      }
    }
  };
  send(orders.stop, SIGTERM);
  send(orders.kill, SIGKILL);
  for (const WorkerPool::Number number : orders.start) {
    workers_.spawn(run_worker(unit, number));
  }
}

async::Task<> Supervisor::run_worker(Unit& unit, WorkerPool::Number number) {
  const std::string id = worker_id(unit.workload, number);
  WorkSource* const source = unit.workload.source;
  const std::string queue = unit.workload.queue;
  const std::string object = unit.workload.object;
  Command command = unit.workload.command;
  command.environment.push_back("HEVLAYER_WORKER_ID=" + id);
  auto launched = co_await parts_.launcher.launch(std::move(command), object, id);
  if (!launched) {
    if (std::exchange(unit.fault, launched.error().message) != launched.error().message) {
      parts_.log.error("a worker cannot be started",
                       {{"object", unit.workload.object}, {"error", launched.error().message}});
    }
    unit.pool.failed(number, parts_.clock.steady());
    look_at_once(object);
    co_return;
  }
  Worker& worker = *unit.workers.emplace(number, std::move(*launched)).first->second;
  if (!unit.pool.started(number, parts_.clock.steady())) {
    worker.signal(SIGKILL);  // it has not begun anything
  }
  look_at_once(object);
  const Exit exit = co_await worker.ended();
  unit.workers.erase(number);
  if (source != nullptr) {
    const auto released = co_await source->release(queue, id);
    if (!released && released.error().code != ErrorCode::kNotFound) {
      parts_.log.warn("leases of a worker that ended last until they run out",
                      {{"worker", id}, {"error", released.error().message}});
    }
  }
  ended(unit, number, exit);
  look_at_once(object);
}

void Supervisor::ended(Unit& unit, WorkerPool::Number number, Exit exit) {
  const std::string id = worker_id(unit.workload, number);
  const std::string how = describe(exit);
  switch (unit.pool.exited(number, !exit.orderly(), parts_.clock.steady())) {
    case Ended::kAsked:
      unit.fault.clear();
      parts_.log.info("a worker was stopped", {{"worker", id}, {"how", how}});
      break;
    case Ended::kOrderly:
      unit.fault.clear();
      parts_.log.info("a worker ended", {{"worker", id}});
      break;
    case Ended::kCrash:
      unit.fault = fmt::format("worker {} ended: {}", id, how);
      parts_.log.error("a worker crashed",
                       {{"object", unit.workload.object}, {"worker", id}, {"how", how}});
      parts_.crashed(unit.workload);
      break;
  }
}

async::Task<> Supervisor::release(Unit& unit, std::string worker) {
  const auto released = co_await unit.workload.source->release(unit.workload.queue, worker);
  if (released && *released > 0) {
    parts_.log.info("leases of an earlier worker are over",
                    {{"worker", worker}, {"leases", *released}});
  }
}

void Supervisor::forget_gone() {
  std::erase_if(units_,
                [](const auto& each) { return each.second->gone && each.second->pool.empty(); });
}

bool Supervisor::is_empty() const {
  return std::ranges::all_of(units_, [](const auto& each) { return each.second->pool.empty(); });
}

void Supervisor::stop(std::chrono::seconds patience) {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  async::run_blocking(parts_.loop, [this, patience] { return end_all(patience); });
}

async::Task<> Supervisor::end_all(std::chrono::seconds patience) {
  if (std::exchange(stopped_, true)) {
    co_return;
  }
  stopping_ = true;
  timer_.cancel();
  tasks_.cancel();
  co_await tasks_.join();
  for (auto& [object, unit] : units_) {
    follow(*unit, unit->pool.stop_all(parts_.clock.steady(), patience));
  }
  while (!is_empty()) {
    co_await async::sleep_for(kTurnAfter);
    for (auto& [object, unit] : units_) {
      follow(*unit, unit->pool.turn(parts_.clock.steady(), 0));
    }
  }
  co_await workers_.join();
}

}  // namespace layer::workers
