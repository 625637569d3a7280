// What a run of a function would take (rule UF12 of the contract): rows counted by the filter of
// discovery, their inputs measured on a sample. Nothing is enqueued and nothing is written.
//
// Thread safety: any loop; what the arguments refer to outlives the await.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "features/cost/rate_card.h"
#include "features/functions/function_registry.h"
#include "features/functions/function_rows.h"

namespace layer::features::functions {

inline constexpr std::size_t kPlanSampleDefault = 100;        // rows of a namespace
inline constexpr std::size_t kPlanSampleMax = 10'000;         // the same
inline constexpr std::size_t kPlanNamespacesAtOnce = 4;       // looked at together
inline constexpr std::uint64_t kBytesPerToken = 4;            // of English text, about
inline constexpr std::uint64_t kQueryBytesMin = 256'000'000;  // that a store bills a query

struct PlanAsk {
  std::string spec{};                     // JSON; empty: that of the registered function
  std::vector<std::string> namespaces{};  // empty: all of the function
  std::size_t sample = kPlanSampleDefault;
};
// {"spec"?,"namespaces"?,"sample"=100}. Errors: kValidation, naming the member.
Result<PlanAsk> parse_plan(std::string_view body);

struct NamespacePlan {
  std::string ns{};
  std::uint64_t rows_total = 0;
  std::uint64_t rows_selected = 0;
  std::uint64_t rows_skippable = 0;  // of the selected: computed from the same inputs already
  std::uint64_t input_bytes = 0;     // of those that are not, as workers get them
  cost::Usage usage{};               // of the store; results themselves are not in it
  bool billed = false;               // the store charges for it
  bool counted_partly = false;       // there was no time to count all
  std::size_t sampled = 0;
};

struct PlanParts {
  Resolve resolve;
  async::CpuPool& pool;
  const core::Clock& clock;
};

// A namespace that is not there has no rows. `sample` rows are looked at: the first selected ones
// in the order of their ids. Errors: those of Resolve and of the store.
async::Task<Result<NamespacePlan>> plan_namespace(const PlanParts& parts,
                                                  const RegisteredFunction& function,
                                                  std::string ns, std::size_t sample,
                                                  async::TimePoint deadline);

struct RunPlan {
  std::vector<NamespacePlan> namespaces{};  // in the order in which they were asked for
  double rows_per_second = 0;               // that were computed lately; 0: nobody knows
};
// Errors: those of plan_namespace(), the first of them.
async::Task<Result<RunPlan>> plan_run(const PlanParts& parts, const RegisteredFunction& function,
                                      const std::vector<std::string>& namespaces,
                                      std::size_t sample, async::TimePoint deadline);

// Of the minutes in which something was computed; what ran for seconds only looks slower than it
// is.
double measured_rows_per_second(const std::vector<queue::RateBucket>& buckets);

}  // namespace layer::features::functions
