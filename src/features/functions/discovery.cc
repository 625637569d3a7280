#include "features/functions/discovery.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "core/text.h"
#include "features/documents/ids.h"
#include "features/pages/row_pages.h"

namespace layer::features::functions {
namespace {

constexpr std::string_view kKinds = "uis";  // of ids, in the order of wire::IdType

std::string leaf(std::string_view attribute, std::string_view op, std::string_view operand) {
  std::string json = "[";
  core::append_json_string(json, attribute);
  return json + fmt::format(R"(,"{}",{}])", op, operand);
}

std::string json_text(std::string_view text) {
  std::string json;
  core::append_json_string(json, text);
  return json;
}

}  // namespace

std::string discovery_filter(const RegisteredFunction& function, const Schema& schema,
                             std::int64_t now_ms) {
  const Markers markers = markers_of(function.id);
  std::string due;
  if (schema.has(markers.version)) {
    due = leaf(markers.version, "NotEq", json_text(function.spec.version));
    if (schema.has(markers.stale_after)) {
      due = fmt::format(R"(["Or",[{},["And",[{},{}]]]])", due,
                        leaf(markers.stale_after, "NotEq", "null"),
                        leaf(markers.stale_after, "Lte", std::to_string(now_ms)));
    }
  }
  const std::string& given = function.spec.filter;
  if (given.empty() || due.empty()) {
    return given + due;
  }
  return fmt::format(R"(["And",[{},{}]])", given, due);
}

bool is_sampled(const queue::ItemKey& key, double share) {
  constexpr int kFractionBits = 53;  // of a double
  const std::uint64_t hash = XXH64(key.id.data(), key.id.size(), 0) >> (64 - kFractionBits);
  return std::ldexp(static_cast<double>(hash), -kFractionBits) < share;
}

std::string print_cursor(const std::optional<wire::Id>& after) {
  if (!after) {
    return {};
  }
  return fmt::format("{}{}", kKinds[static_cast<std::size_t>(wire::type_of(*after))],
                     wire::to_string(*after));
}

Result<std::optional<wire::Id>> parse_cursor(std::string_view cursor) {
  if (cursor.empty()) {
    return std::nullopt;
  }
  const std::size_t kind = kKinds.find(cursor.front());
  if (kind != std::string_view::npos) {
    if (auto id = documents::read_id(cursor.substr(1), static_cast<wire::IdType>(kind))) {
      return std::move(*id);
    }
  }
  return fail(ErrorCode::kInvalidCursor, "this is no cursor of a sweep");
}

async::Task<Result<queue::Sweep>> Discovery::load(std::string function, std::string ns) {
  LAYER_CO_ASSIGN(auto sweeps, co_await parts_.queue.sweeps(std::move(function)));
  for (queue::Sweep& each : sweeps) {
    if (each.ns == ns) {
      co_return std::move(each);
    }
  }
  co_return queue::Sweep{.ns = std::move(ns)};
}

async::Task<Result<SweepResult>> Discovery::run(const SweepRequest& request, queue::Sweep& state,
                                                async::TimePoint deadline) {
  LAYER_CO_ASSIGN(auto after, parse_cursor(state.cursor));
  LAYER_CO_ASSIGN(const documents::Origin origin, co_await parts_.resolve(request.ns));
  auto found = co_await read_schema(origin, deadline);
  if (!found && found.error().code == ErrorCode::kNotFound) {
    state.cursor.clear();
    co_return SweepResult{.complete = true};  // nobody has written to the namespace yet
  }
  LAYER_CO_ASSIGN(const Schema schema, std::move(found));
  pages::RowPages reader(
      origin, schema.shape,
      {.filter = discovery_filter(request.function, schema, parts_.clock.wall_ms()),
       .level = documents::Level::kEventual,
       .page_size = request.page_rows},
      parts_.pool);
  SweepResult result;
  const auto goes_on = [&] {
    return (!request.pages_max || result.pages < *request.pages_max) &&
           (result.pages == 0 || async::SteadyClock::now() < request.begin_until);
  };
  while (goes_on()) {
    LAYER_CO_ASSIGN(const pages::Page page, co_await reader.read(after, deadline));
    std::vector<queue::ItemKey> keys;
    bool enough = false;
    for (const documents::AnswerRow& row : page.rows) {
      queue::ItemKey key = item_key(request.ns, row.id);
      if (!request.sample || is_sampled(key, request.sample->share)) {
        keys.push_back(std::move(key));
      }
      enough = request.sample && result.enqueued + keys.size() >= request.sample->rows_max;
      if (enough) {
        break;
      }
    }
    LAYER_CO_ASSIGN(
        const queue::Added added,
        co_await parts_.queue.add(request.function.id, std::move(keys), queue::AddMode::kKeep));
    result.enqueued += added.added;
    ++result.pages;
    after = page.next_after;
    state.cursor = print_cursor(after);
    if (!after || enough) {
      result.complete = true;
      break;
    }
    if (!request.sample) {
      LAYER_CO_TRY(co_await parts_.queue.save_sweep(request.function.id, state));
    }
  }
  result.next_cursor = state.cursor;
  co_return result;
}

async::Task<Result<SweepResult>> Discovery::sweep(SweepRequest request, async::TimePoint deadline) {
  if (request.sample) {
    queue::Sweep aside{.ns = request.ns, .cursor = request.cursor.value_or("")};
    co_return co_await run(request, aside, deadline);
  }
  LAYER_CO_ASSIGN(queue::Sweep state, co_await load(request.function.id, request.ns));
  if (request.cursor) {
    state.cursor = *request.cursor;
  }
  if (state.cursor.empty() || !state.started_at_ms) {
    state.started_at_ms = parts_.clock.wall_ms();
  }
  auto result = co_await run(request, state, deadline);
  if (!result) {
    ++state.failures;
    state.error = result.error().message;
  } else if (result->complete) {
    ++state.completed;
    state.completed_at_ms = parts_.clock.wall_ms();
    state.started_at_ms.reset();
  }
  if (result) {
    state.failures = 0;
    state.error.clear();
  }
  const auto saved = co_await parts_.queue.save_sweep(request.function.id, std::move(state));
  if (result && !saved) {
    co_return std::unexpected(saved.error());
  }
  co_return result;
}

}  // namespace layer::features::functions
