#include "features/functions/function_work.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/random.h"
#include "features/functions/closing.h"
#include "features/functions/row_result.h"
#include "wire/reserved_names.h"

namespace layer::features::functions {
namespace {

using queue::Disposition;
using queue::Outcomes;
using queue::Refusal;
using queue::Rejection;

constexpr std::uint32_t kJitterMinPermille = 800;
constexpr std::uint32_t kJitterMaxPermille = 1200;

using ByNamespace = std::map<std::string, std::vector<queue::ClaimedItem>>;

queue::ItemLease lease_of(const queue::ClaimedItem& item) {
  return {.key = item.key, .epoch = item.epoch};
}

std::vector<queue::ItemLease> leases_of(const std::vector<queue::ClaimedItem>& items) {
  std::vector<queue::ItemLease> leases;
  for (const auto& item : items) {
    leases.push_back(lease_of(item));
  }
  return leases;
}

// What becomes of the items of one namespace.
struct Sorted {
  std::vector<WorkItem> work;
  std::vector<queue::ItemNote> notes;
  std::vector<queue::ItemLease> skipped;
  std::vector<queue::ItemLease> absent;
  // Computed already, but marked as stale: the mark is taken off.
  std::vector<Completion> unchanged;
  std::vector<OpenItem> unchanged_rows;
};

Sorted sort_rows(const RegisteredFunction& function, const std::vector<queue::ClaimedItem>& items,
                 const std::vector<wire::Id>& ids, const std::vector<cache::Bytes>& rows) {
  const Markers markers = markers_of(function.id);
  Sorted sorted;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const queue::ClaimedItem& item = items[i];
    if (rows[i] == nullptr) {
      sorted.absent.push_back(lease_of(item));
      continue;
    }
    const std::string_view row(*rows[i]);
    const Basis basis = basis_of(function.spec, row);
    if (!function.spec.inputs.empty() && is_computed(markers, basis, row)) {
      if (is_stale(markers, row)) {
        sorted.unchanged_rows.push_back(
            {.place = sorted.unchanged.size(), .id = ids[i], .basis = basis});
        sorted.unchanged.push_back({.lease = lease_of(item)});
      } else {
        sorted.skipped.push_back(lease_of(item));
      }
      continue;
    }
    sorted.notes.push_back({.lease = lease_of(item), .note = print_basis(basis)});
    sorted.work.push_back({.key = item.key,
                           .lease = item.epoch,
                           .attempt = item.attempts + 1,
                           .input = input_of(function.spec, row)});
  }
  return sorted;
}

async::Task<Result<Sorted>> look(const FunctionWork::Parts& parts,
                                 const RegisteredFunction& function, const std::string& ns,
                                 const std::vector<queue::ClaimedItem>& items,
                                 async::TimePoint deadline) {
  std::vector<wire::Id> ids;
  for (const auto& item : items) {
    LAYER_CO_ASSIGN(wire::Id id, row_id(item.key));
    ids.push_back(std::move(id));
  }
  auto origin = co_await parts.resolve(ns);
  auto schema = origin ? co_await read_schema(*origin, deadline)
                       : Result<Schema>(std::unexpected(origin.error()));
  if (!schema && schema.error().code == ErrorCode::kNotFound) {
    co_return sort_rows(function, items, ids, std::vector<cache::Bytes>(items.size()));
  }
  if (!schema) {
    co_return std::unexpected(std::move(schema).error());
  }
  LAYER_CO_ASSIGN(
      const auto rows,
      co_await read_rows(*origin, *schema, ids, basis_names(function.spec, markers_of(function.id)),
                         deadline, parts.pool));
  co_return sort_rows(function, items, ids, rows);
}

}  // namespace

async::Task<Result<ClaimedWork>> FunctionWork::claim(
    RegisteredFunction function, std::string worker, std::size_t limit,
    std::optional<std::chrono::milliseconds> lease_for, async::TimePoint deadline) {
  LAYER_CO_ASSIGN(
      auto claimed,
      co_await parts_.queue.claim({.function = function.id,
                                   .worker = worker,
                                   .limit = std::min(limit, kClaimItemsMax),
                                   .lease_for = lease_for.value_or(function.spec.schedule.lease)}));
  ClaimedWork work{.paused = claimed.paused, .retry_after = claimed.throttled_for};
  ByNamespace all;
  for (const auto& item : claimed.items) {
    all[item.key.ns].push_back(item);
  }
  for (const auto& [ns, items] : all) {
    if (parts_.covers && !parts_.covers(function.spec, ns)) {
      LAYER_CO_TRY(co_await parts_.queue.dismiss(function.id, worker, leases_of(items)));
      work.absent += items.size();
      continue;
    }
    const auto done = co_await hand_out(work, function, worker, ns, items, deadline);
    if (!done) {
      static_cast<void>(
          co_await parts_.queue.release(function.id, worker, leases_of(claimed.items)));
      co_return std::unexpected(done.error());
    }
  }
  co_return work;
}

async::Task<Result<void>> FunctionWork::hand_out(ClaimedWork& work,
                                                 const RegisteredFunction& function,
                                                 const std::string& worker, const std::string& ns,
                                                 const std::vector<queue::ClaimedItem>& items,
                                                 async::TimePoint deadline) {
  LAYER_CO_ASSIGN(Sorted sorted, co_await look(parts_, function, ns, items, deadline));
  LAYER_CO_TRY(co_await parts_.queue.dismiss(function.id, worker, sorted.absent));
  LAYER_CO_TRY(co_await parts_.queue.complete(function.id, worker, sorted.skipped));
  if (!sorted.unchanged.empty()) {
    RegisteredFunction quiet = function;
    quiet.spec.invalidates.clear();  // nothing new was computed
    Closing closing(parts_, quiet, worker, sorted.unchanged);
    LAYER_CO_TRY(co_await closing.write(ns, std::move(sorted.unchanged_rows), deadline));
    LAYER_CO_TRY(co_await closing.finish());
  }
  LAYER_CO_ASSIGN(const Outcomes noted,
                  co_await parts_.queue.annotate(function.id, worker, sorted.notes));
  for (std::size_t i = 0; i < noted.size(); ++i) {
    if (!noted[i]) {
      work.items.push_back(std::move(sorted.work[i]));
    }
  }
  work.skipped += sorted.skipped.size() + sorted.unchanged.size();
  work.absent += sorted.absent.size();
  co_return Result<void>{};
}

async::Task<Result<Outcomes>> FunctionWork::heartbeat(RegisteredFunction function,
                                                      std::string worker,
                                                      std::vector<queue::ItemLease> items) {
  return parts_.queue.extend(std::move(function.id), std::move(worker), std::move(items),
                             function.spec.schedule.lease);
}

async::Task<Result<Outcomes>> FunctionWork::complete(RegisteredFunction function,
                                                     std::string worker,
                                                     std::vector<Completion> items,
                                                     async::TimePoint deadline) {
  std::vector<queue::ItemLease> leases;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Completion& item = items[i];
    LAYER_CO_TRY(
        check_attributes(function.spec, fmt::format("items[{}].attributes", i), item.attributes));
    LAYER_CO_TRY(
        check_attributes(function.spec, fmt::format("items[{}].vectors", i), item.vectors));
    leases.push_back(item.lease);
  }
  LAYER_CO_ASSIGN(const auto held, co_await parts_.queue.held(function.id, worker, leases));
  Closing closing(parts_, function, worker, items);
  std::map<std::string, std::vector<OpenItem>> open;
  std::map<queue::ItemKey, std::size_t> named;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (held[i].refused || !named.emplace(leases[i].key, i).second) {
      closing.refuse(i, held[i].refused.value_or(Refusal{}));
      continue;
    }
    auto basis = parse_basis(held[i].note);
    if (!basis || basis->version != function.spec.version) {
      closing.release(i, {.reason = Rejection::kVersionChanged});
      continue;
    }
    LAYER_CO_ASSIGN(wire::Id id, row_id(leases[i].key));
    open[leases[i].key.ns].push_back({.place = i, .id = std::move(id), .basis = std::move(*basis)});
  }
  for (auto& [ns, some] : open) {
    LAYER_CO_TRY(co_await closing.write(ns, std::move(some), deadline));
  }
  co_return co_await closing.finish();
}

async::Task<Result<Outcomes>> FunctionWork::fail(std::string function, std::string worker,
                                                 std::vector<queue::ItemFailure> items) {
  std::vector<queue::ItemLease> released;
  for (queue::ItemFailure& item : items) {
    item.jitter_permille = kJitterMinPermille +
                           static_cast<std::uint32_t>(
                               core::random_u64() % (kJitterMaxPermille - kJitterMinPermille + 1));
    if (item.kind == queue::FailureKind::kTransient && item.message == kReleased) {
      released.push_back(item.lease);
    }
  }
  if (released.size() == items.size()) {
    co_return co_await parts_.queue.release(std::move(function), std::move(worker),
                                            std::move(released));
  }
  LAYER_CO_ASSIGN(const Outcomes let_go, co_await parts_.queue.release(function, worker, released));
  std::vector<queue::ItemFailure> failed;
  const auto is_released = [](const queue::ItemFailure& item) {
    return item.kind == queue::FailureKind::kTransient && item.message == kReleased;
  };
  std::ranges::remove_copy_if(items, std::back_inserter(failed), is_released);
  LAYER_CO_ASSIGN(const Outcomes told,
                  co_await parts_.queue.fail(std::move(function), std::move(worker), failed));
  Outcomes outcomes;
  auto from_let_go = let_go.begin();
  auto from_told = told.begin();
  for (const queue::ItemFailure& item : items) {
    outcomes.push_back(is_released(item) ? *from_let_go++ : *from_told++);
  }
  co_return outcomes;
}

}  // namespace layer::features::functions
