#include "features/functions/function_registry.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace layer::features::functions {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

Error not_found(std::string_view id) {
  return {.code = ErrorCode::kNotFound, .message = fmt::format("there is no function '{}'", id)};
}

Result<RegisteredFunction> read(queue::Function function) {
  auto spec = parse_spec(function.spec);
  if (!spec) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("the stored specification of function '{}' cannot be read: {}",
                            function.id, spec.error().message));
  }
  return RegisteredFunction{.id = std::move(function.id),
                            .spec = std::move(*spec),
                            .paused = function.paused,
                            .throttled_until_ms = function.throttled_until_ms,
                            .created_at_ms = function.created_at_ms,
                            .updated_at_ms = function.updated_at_ms};
}

DiscoveryStatus summed(const std::vector<queue::Sweep>& sweeps) {
  DiscoveryStatus sum;
  for (const queue::Sweep& each : sweeps) {
    sum.sweeps_completed += each.completed;
    sum.consecutive_failures = std::max(sum.consecutive_failures, each.failures);
    sum.last_completed_at_ms = std::max(sum.last_completed_at_ms, each.completed_at_ms);
    if (each.failures >= kSweepFailuresMax) {
      sum.pause_reason = fmt::format("{} sweeps of namespace '{}' failed in a row; the last: {}",
                                     each.failures, each.ns, each.error);
    }
  }
  return sum;
}

// Of whole minutes; the one that runs counts as the last of the window.
double completed_per_minute(const std::vector<queue::RateBucket>& buckets) {
  if (buckets.empty()) {
    return 0;
  }
  const std::int64_t from = buckets.back().minute_ms - (kRateWindow.count() - 1) * kMinuteMs;
  std::uint64_t completed = 0;
  for (const queue::RateBucket& each : buckets) {
    completed += each.minute_ms >= from ? each.completed : 0;
  }
  return static_cast<double>(completed) / static_cast<double>(kRateWindow.count());
}

}  // namespace

async::Task<Result<queue::FunctionDefinition>> FunctionRegistry::define(
    std::string id, std::string spec, std::optional<bool> paused) {
  LAYER_CO_TRY(check_function_id(id));
  LAYER_CO_ASSIGN(const FunctionSpec parsed, parse_spec(spec));
  if (admit_) {
    LAYER_CO_TRY(admit_(parsed));
  }
  if (!parsed.invalidates.empty()) {
    Invalidations all;
    LAYER_CO_ASSIGN(const auto others, co_await queue_.functions());
    for (const queue::Function& each : others) {
      if (auto other = parse_spec(each.spec)) {
        all[each.id] = std::move(other->invalidates);
      }
    }
    all[id] = parsed.invalidates;
    LAYER_CO_TRY(check_cycles(all));
  }
  co_return queue::FunctionDefinition{
      .id = std::move(id), .spec = print_spec(parsed), .retry = parsed.retry, .paused = paused};
}

async::Task<Result<RegisteredFunction>> FunctionRegistry::create(std::string id, std::string spec,
                                                                 std::optional<bool> paused) {
  LAYER_CO_ASSIGN(auto definition, co_await define(id, std::move(spec), paused));
  LAYER_CO_ASSIGN(auto made, co_await queue_.create(std::move(definition)));
  if (!made) {
    co_return fail(ErrorCode::kConflict,
                   fmt::format("there is a function '{}' already; PUT changes it", id));
  }
  co_return read(std::move(*made));
}

async::Task<Result<RegisteredFunction>> FunctionRegistry::put(std::string id, std::string spec,
                                                              std::optional<bool> paused) {
  LAYER_CO_ASSIGN(auto definition, co_await define(std::move(id), std::move(spec), paused));
  LAYER_CO_ASSIGN(const auto before, co_await queue_.find(definition.id));
  LAYER_CO_ASSIGN(auto made, co_await queue_.put(std::move(definition)));
  LAYER_CO_ASSIGN(auto function, read(std::move(made)));
  const auto old = before ? parse_spec(before->spec) : Result<FunctionSpec>(function.spec);
  if (!old || old->version != function.spec.version) {
    // What the version before could not compute, this one may.
    LAYER_CO_TRY(co_await queue_.reset_failed(function.id));
  }
  co_return function;
}

async::Task<Result<RegisteredFunction>> FunctionRegistry::find(std::string id) {
  LAYER_CO_ASSIGN(auto found, co_await queue_.find(id));
  if (!found) {
    co_return std::unexpected(not_found(id));
  }
  co_return read(std::move(*found));
}

async::Task<Result<std::vector<RegisteredFunction>>> FunctionRegistry::list() {
  LAYER_CO_ASSIGN(auto found, co_await queue_.functions());
  std::vector<RegisteredFunction> all;
  for (queue::Function& each : found) {
    LAYER_CO_ASSIGN(auto function, read(std::move(each)));
    all.push_back(std::move(function));
  }
  co_return all;
}

async::Task<Result<void>> FunctionRegistry::remove(std::string id) {
  LAYER_CO_ASSIGN(const bool was_there, co_await queue_.remove(id));
  if (!was_there) {
    co_return std::unexpected(not_found(id));
  }
  co_return Result<void>{};
}

async::Task<Result<RegisteredFunction>> FunctionRegistry::pause(std::string id, bool paused) {
  LAYER_CO_ASSIGN(auto found, co_await queue_.pause(id, paused));
  if (!found) {
    co_return std::unexpected(not_found(id));
  }
  co_return read(std::move(*found));
}

async::Task<Result<std::size_t>> FunctionRegistry::reset_failed(std::string id) {
  LAYER_CO_TRY(co_await find(id));
  co_return co_await queue_.reset_failed(std::move(id));
}

async::Task<Result<FunctionStatus>> FunctionRegistry::status(std::string id) {
  LAYER_CO_ASSIGN(auto function, co_await find(id));
  FunctionStatus status{.function = std::move(function)};
  LAYER_CO_ASSIGN(status.counts, co_await queue_.counts(id));
  LAYER_CO_ASSIGN(const auto sweeps, co_await queue_.sweeps(id));
  LAYER_CO_ASSIGN(const auto rates, co_await queue_.rates(std::move(id)));
  status.discovery = summed(sweeps);
  status.completed_per_minute = completed_per_minute(rates);
  status.namespaces = namespaces_of(status.function.spec);
  co_return status;
}

std::vector<std::string> FunctionRegistry::namespaces_of(const FunctionSpec& spec) const {
  std::vector<std::string> all = spec.target_namespaces;
  if (!spec.index_selector.empty()) {
    const auto selected = select_(spec);
    all.insert(all.end(), selected.begin(), selected.end());
  }
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

}  // namespace layer::features::functions
