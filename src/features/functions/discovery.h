// Finds the rows that a function has not computed, or whose results are stale, and puts them into
// its queue (rule UF1 of the contract). A sweep of a namespace goes on from where the last one was
// left; who sweeps, and when, is the caller's business.
//
// Thread safety: any loop, concurrently for different namespaces. What Parts refers to outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "core/clock.h"
#include "features/functions/function_registry.h"
#include "features/functions/function_rows.h"

namespace layer::features::functions {

inline constexpr std::size_t kSweepPageRows = 10'000;

// Rows that a sweep is about, as JSON; empty: all of them. A marker that the schema does not have
// yet is on no row.
std::string discovery_filter(const RegisteredFunction& function, const Schema& schema,
                             std::int64_t now_ms);

// A place in a namespace, as sweeps keep it: the kind of the id and its text. Empty: the beginning.
std::string print_cursor(const std::optional<wire::Id>& after);
// Errors: kInvalidCursor.
Result<std::optional<wire::Id>> parse_cursor(std::string_view cursor);

// Some of the rows, chosen by a hash of their ids: the same ones every time, and a greater share
// holds those of a smaller one.
struct RowSample {
  double share = 1;  // of the rows, more than 0
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();
};
bool is_sampled(const queue::ItemKey& key, double share);

struct SweepRequest {
  RegisteredFunction function;
  std::string ns;
  std::size_t page_rows = kSweepPageRows;
  std::optional<std::size_t> pages_max{};                  // nullopt: to the end
  std::optional<std::string> cursor{};                     // nullopt: where the last sweep was left
  async::TimePoint begin_until = async::TimePoint::max();  // of pages but the first
  // With one nothing is kept with the sweep: whole ones begin and end as if it had not been.
  std::optional<RowSample> sample{};
};

struct SweepResult {
  std::size_t enqueued = 0;  // that were not there
  std::size_t pages = 0;
  bool complete = false;
  std::string next_cursor{};  // of one that is not
};

class Discovery {
 public:
  struct Parts {
    queue::FunctionQueue& queue;
    Resolve resolve;
    async::CpuPool& pool;
    const core::Clock& clock;
  };
  explicit Discovery(Parts parts) : parts_(std::move(parts)) {}

  // How it ended is kept with the sweep, errors too. Errors: those of Resolve, of the store and of
  // the queue.
  async::Task<Result<SweepResult>> sweep(SweepRequest request, async::TimePoint deadline);

 private:
  async::Task<Result<SweepResult>> run(const SweepRequest& request, queue::Sweep& state,
                                       async::TimePoint deadline);
  async::Task<Result<queue::Sweep>> load(std::string function, std::string ns);

  Parts parts_;
};

}  // namespace layer::features::functions
