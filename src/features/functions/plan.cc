#include "features/functions/plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "async/fan_out.h"
#include "features/functions/closing.h"
#include "features/functions/discovery.h"
#include "features/functions/row_result.h"
#include "features/pages/row_pages.h"
#include "features/scans/origin_count.h"
#include "json/members.h"
#include "json/wrong_member.h"

namespace layer::features::functions {
namespace {

constexpr auto kLevel = documents::Level::kEventual;  // as sweeps read
constexpr double kSecondsPerMinute = 60;
// Of the marks that every result has: the hash's digits and the stamp.
constexpr std::uint64_t kMarkBytes = 16 + 8;
constexpr std::string_view kBilledKind = "turbopuffer";

struct Sampled {
  std::size_t rows = 0;
  std::size_t skippable = 0;
  std::uint64_t input_bytes = 0;  // of those that are not
  std::uint64_t id_bytes = 0;     // the same
};

std::uint64_t bytes_of(const wire::Id& id) {
  if (const auto* text = std::get_if<std::string>(&id)) {
    return text->size();
  }
  return std::holds_alternative<std::uint64_t>(id) ? 8 : 16;
}

// As claims do it: see FunctionWork.
Sampled measure(const RegisteredFunction& function, const pages::Page& page) {
  const Markers markers = markers_of(function.id);
  Sampled sampled{.rows = page.rows.size()};
  for (const documents::AnswerRow& row : page.rows) {
    const std::string_view text(*row.attributes);
    if (!function.spec.inputs.empty() &&
        is_computed(markers, basis_of(function.spec, text), text)) {
      ++sampled.skippable;
    } else {
      sampled.input_bytes += input_of(function.spec, text).size();
      sampled.id_bytes += bytes_of(row.id);
    }
  }
  return sampled;
}

std::uint64_t scaled(std::uint64_t of_sample, std::uint64_t rows, std::size_t sampled) {
  return sampled == 0
             ? 0
             : static_cast<std::uint64_t>(static_cast<double>(of_sample) *
                                          static_cast<double>(rows) / static_cast<double>(sampled));
}

std::uint64_t batches(std::uint64_t rows, std::uint64_t size) {
  return (rows + size - 1) / size;
}

async::Task<Result<scans::Counted>> count(const PlanParts& parts, documents::Origin origin,
                                          std::string filter, async::TimePoint deadline) {
  const scans::RowSet rows{
      .origin = std::move(origin), .filter = std::move(filter), .level = kLevel};
  LAYER_CO_ASSIGN(auto outcome, co_await scans::count_at_origin(rows, parts.pool, deadline));
  if (const auto* refusal = std::get_if<pages::StoreReply>(&outcome)) {
    co_return std::unexpected(pages::refusal_of(*refusal));
  }
  co_return std::get<scans::Counted>(outcome);
}

async::Task<Result<pages::Page>> read_sample(const PlanParts& parts,
                                             const RegisteredFunction& function,
                                             documents::Origin origin, Schema schema,
                                             std::string filter, std::size_t rows,
                                             async::TimePoint deadline) {
  if (rows == 0) {
    co_return pages::Page{};
  }
  Names names = basis_names(function.spec, markers_of(function.id));
  std::erase_if(names, [&](const std::string& name) { return !schema.has(name); });
  using Columns = pages::PageQuery::Columns;
  const Columns columns = names.empty() ? Columns::kNone : Columns::kSome;
  pages::RowPages reader(std::move(origin), schema.shape,
                         {.filter = std::move(filter),
                          .level = kLevel,
                          .page_size = rows,
                          .columns = columns,
                          .names = std::move(names)},
                         parts.pool);
  co_return co_await reader.read(std::nullopt, deadline);
}

// Pages of the sweep, then for each batch the read of its inputs and the conditional write of its
// results; each is billed as what it looks through.
cost::Usage usage_of(const FunctionSpec& spec, const NamespacePlan& plan, const Sampled& sampled,
                     std::uint64_t logical_bytes) {
  const std::uint64_t rows = plan.rows_selected - plan.rows_skippable;
  const std::uint64_t queries = 1 + (plan.rows_selected / kSweepPageRows) +
                                batches(plan.rows_selected, spec.worker.batch_size) +
                                batches(rows, spec.worker.batch_size);
  const std::uint64_t id_bytes = scaled(sampled.id_bytes, plan.rows_selected, sampled.rows);
  return {.bytes_written =
              plan.rows_selected == 0 ? 0 : id_bytes + (rows * (spec.version.size() + kMarkBytes)),
          .bytes_queried =
              plan.rows_selected == 0 ? 0 : queries * std::max(kQueryBytesMin, logical_bytes),
          .bytes_returned = plan.input_bytes + (2 * id_bytes)};
}

bool is_absent(const Error& error) {
  return error.code == ErrorCode::kNotFound;
}

}  // namespace

Result<PlanAsk> parse_plan(std::string_view body) {
  LAYER_ASSIGN(json::Members members, json::Members::parse(body.empty() ? "{}" : body));
  PlanAsk ask;
  LAYER_TRY(members.object_text("spec", ask.spec));
  if (const auto list = members.take("namespaces")) {
    json::Array names;
    if (list->get(names) != simdjson::SUCCESS || names.size() > kTargetsMax) {
      return json::wrong_member("namespaces",
                                fmt::format("expected a list of at most {}", kTargetsMax));
    }
    for (const json::Value name : names) {
      std::string_view text;
      if (name.get(text) != simdjson::SUCCESS || text.empty()) {
        return json::wrong_member("namespaces", "expected names of namespaces");
      }
      if (std::ranges::find(ask.namespaces, text) == ask.namespaces.end()) {
        ask.namespaces.emplace_back(text);
      }
    }
  }
  LAYER_TRY(members.number("sample", ask.sample, 0, kPlanSampleMax));
  LAYER_TRY(members.end());
  return ask;
}

async::Task<Result<NamespacePlan>> plan_namespace(const PlanParts& parts,
                                                  const RegisteredFunction& function,
                                                  std::string ns, std::size_t sample,
                                                  async::TimePoint deadline) {
  NamespacePlan plan{.ns = std::move(ns)};
  auto found = co_await parts.resolve(plan.ns);
  if (!found && is_absent(found.error())) {
    co_return plan;
  }
  LAYER_CO_ASSIGN(const documents::Origin origin, std::move(found));
  plan.billed = origin.store->kind() == kBilledKind;
  auto read = co_await read_schema(origin, deadline);
  if (!read && is_absent(read.error())) {
    co_return plan;  // nobody has written to it yet
  }
  LAYER_CO_ASSIGN(const Schema schema, std::move(read));
  LAYER_CO_ASSIGN(const auto metadata, co_await pages::read_metadata(origin, deadline));
  const std::string filter = discovery_filter(function, schema, parts.clock.wall_ms());
  LAYER_CO_ASSIGN(const auto total, co_await count(parts, origin, "", deadline));
  scans::Counted selected = total;
  if (!filter.empty()) {
    LAYER_CO_ASSIGN(selected, co_await count(parts, origin, filter, deadline));
  }
  plan.rows_total = total.count;
  plan.rows_selected = selected.count;
  plan.counted_partly = total.bounded() || selected.bounded();
  LAYER_CO_ASSIGN(const pages::Page page,
                  co_await read_sample(parts, function, origin, schema, filter, sample, deadline));
  LAYER_CO_ASSIGN(const Sampled sampled,
                  co_await parts.pool.run([&] { return measure(function, page); }));
  plan.sampled = sampled.rows;
  plan.rows_skippable =
      std::min(plan.rows_selected, scaled(sampled.skippable, plan.rows_selected, sampled.rows));
  plan.input_bytes = scaled(sampled.input_bytes, plan.rows_selected, sampled.rows);
  plan.usage = usage_of(function.spec, plan, sampled, metadata.logical_bytes.value_or(0));
  co_return plan;
}

async::Task<Result<RunPlan>> plan_run(const PlanParts& parts, const RegisteredFunction& function,
                                      const std::vector<std::string>& namespaces,
                                      std::size_t sample, async::TimePoint deadline) {
  std::vector<std::optional<Result<NamespacePlan>>> plans(namespaces.size());
  const auto one = [&](std::size_t i) -> async::Task<> {
    plans[i] = co_await plan_namespace(parts, function, namespaces[i], sample, deadline);
  };
  co_await async::fan_out(namespaces.size(), kPlanNamespacesAtOnce, one);
  RunPlan run;
  for (auto& each : plans) {
    if (!each) {
      co_return fail(ErrorCode::kCancelled, "the plan was not finished");
    }
    LAYER_CO_ASSIGN(NamespacePlan plan, std::move(*each));
    run.namespaces.push_back(std::move(plan));
  }
  co_return run;
}

double measured_rows_per_second(const std::vector<queue::RateBucket>& buckets) {
  std::uint64_t completed = 0;
  std::size_t minutes = 0;
  for (const queue::RateBucket& each : buckets) {
    completed += each.completed;
    minutes += each.completed > 0 ? 1 : 0;
  }
  return minutes == 0
             ? 0
             : static_cast<double>(completed) / static_cast<double>(minutes) / kSecondsPerMinute;
}

}  // namespace layer::features::functions
