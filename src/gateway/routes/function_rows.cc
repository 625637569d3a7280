#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "features/functions/print_function.h"
#include "features/functions/requests.h"
#include "gateway/errors.h"
#include "gateway/list_cursor.h"
#include "gateway/list_parameters.h"
#include "gateway/percent.h"
#include "gateway/read_body.h"
#include "gateway/routes/functions.h"

namespace layer::gateway {
namespace {

namespace functions = features::functions;

constexpr std::size_t kDiscoverBytesMax = 256 * core::limits::kKiB;
// What a page that has begun may still take: the request ends with a cursor, not with a deadline.
constexpr std::chrono::seconds kPageSpare{15};
constexpr std::size_t kListDefault = 100;
constexpr char kCursorMark = '/';  // between namespace and place

// Where an earlier call ended: its namespace, and the place there.
struct Start {
  std::string ns;
  std::string place;
};

Result<Start> read_start(const std::string& cursor) {
  const std::size_t mark = cursor.find(kCursorMark);
  if (mark == std::string::npos) {
    return fail(ErrorCode::kInvalidCursor, "this is no cursor of a sweep");
  }
  return Start{.ns = cursor.substr(0, mark), .place = cursor.substr(mark + 1)};
}

Result<std::vector<std::string>> targets_of(std::vector<std::string> all,
                                            const std::vector<std::string>& asked) {
  for (const std::string& ns : asked) {
    if (!std::ranges::binary_search(all, ns)) {
      return std::unexpected(
          validation_error("namespaces", "'" + ns + "' is no namespace of the function"));
    }
  }
  if (!asked.empty()) {
    all = asked;
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
  }
  return all;
}

// "<kind of id> <id> <namespace>": a namespace has no blanks, an id may.
std::string print_place(const queue::ItemKey& key) {
  return std::to_string(static_cast<int>(key.id_kind)) + ' ' + key.ns + ' ' + key.id;
}

Result<queue::ItemKey> read_place(const std::string& text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string::npos ? first : text.find(' ', first + 1);
  if (first != 1 || second == std::string::npos || text[0] < '0' || text[0] > '2') {
    return fail(ErrorCode::kInvalidCursor, "this is no cursor of a list of items");
  }
  return queue::ItemKey{.ns = text.substr(first + 1, second - first - 1),
                        .id_kind = static_cast<queue::IdKind>(text[0] - '0'),
                        .id = text.substr(second + 1)};
}

}  // namespace

async::Task<Result<http::Response>> FunctionRowsRoute::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto function, co_await open_function(parts_, exchange));
  if (exchange.route().id == RouteId::kDiscoverRows) {
    co_return co_await discover(exchange, function);
  }
  co_return co_await items(exchange, function);
}

async::Task<Result<http::Response>> FunctionRowsRoute::discover(
    Exchange& exchange, const functions::RegisteredFunction& function) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kDiscoverBytesMax));
  LAYER_CO_ASSIGN(const functions::DiscoverAsk ask, functions::parse_discover(body));
  LAYER_CO_ASSIGN(const auto targets,
                  targets_of(parts_.registry->namespaces_of(function.spec), ask.namespaces));
  std::optional<Start> start;
  if (ask.cursor) {
    LAYER_CO_ASSIGN(start, read_start(*ask.cursor));
  }
  functions::Discovery discovery({.queue = *parts_.queue,
                                  .resolve = resolve_for(parts_, exchange),
                                  .pool = parts_.pool,
                                  .clock = parts_.clock});
  functions::SweepResult total{.complete = true};
  std::size_t looked_at = 0;
  const auto begin_until = exchange.deadline - kPageSpare;
  for (const std::string& ns : targets) {
    if (start && ns < start->ns) {
      continue;
    }
    const bool late = looked_at > 0 && async::SteadyClock::now() >= begin_until;
    if (late || (ask.pages_max && total.pages >= *ask.pages_max)) {
      total.complete = false;
      total.next_cursor = ns + kCursorMark;
      break;
    }
    functions::SweepRequest request{
        .function = function, .ns = ns, .page_rows = ask.page_rows, .begin_until = begin_until};
    if (ask.pages_max) {
      request.pages_max = *ask.pages_max - total.pages;
    }
    if (start && start->ns == ns && !start->place.empty()) {
      request.cursor = start->place;
    }
    if (ask.sample) {
      request.sample = ask.sample;
      request.sample->rows_max -= total.enqueued;
    }
    LAYER_CO_ASSIGN(const functions::SweepResult swept,
                    co_await discovery.sweep(std::move(request), exchange.deadline));
    ++looked_at;
    total.enqueued += swept.enqueued;
    total.pages += swept.pages;
    if (ask.sample && total.enqueued >= ask.sample->rows_max) {
      break;
    }
    if (!swept.complete) {
      total.complete = false;
      total.next_cursor = ns + kCursorMark + swept.next_cursor;
      break;
    }
  }
  json::Writer out;
  out.begin_object()
      .member("udf_id", function.id)
      .member("enqueued", total.enqueued)
      .member("namespaces", looked_at)
      .member("pages_scanned", total.pages)
      .member("complete", total.complete);
  if (!total.complete) {
    out.member("next_cursor", total.next_cursor);
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> FunctionRowsRoute::items(
    Exchange& exchange, const functions::RegisteredFunction& function) {
  const std::string_view query = exchange.request.query();
  queue::ItemFilter filter{.ns = query_parameter(query, "namespace").value_or("")};
  const std::string state = query_parameter(query, "state").value_or("");
  if (!state.empty()) {
    filter.state = queue::parse_item_state(state);
    if (!filter.state) {
      co_return std::unexpected(
          validation_error("state", R"(expected "pending", "leased" or "failed")"));
    }
  }
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", kListDefault, queue::kWorkListMax));
  const std::string bound = function.id + '\n' + state + '\n' + filter.ns;
  std::optional<queue::ItemKey> after;
  if (const std::string cursor = query_parameter(query, "cursor").value_or(""); !cursor.empty()) {
    LAYER_CO_ASSIGN(const std::string place,
                    open_list_cursor(cursor, bound, parts_.clock.wall_ms(), parts_.signer));
    LAYER_CO_ASSIGN(after, read_place(place));
  }
  LAYER_CO_ASSIGN(const auto found,
                  co_await parts_.queue->items(function.id, filter, std::move(after), limit));
  json::Writer out;
  out.begin_object().key("items").begin_array();
  // Those of a namespace that was a target before are nobody's to see; a claim drops them.
  const auto targets = parts_.registry->namespaces_of(function.spec);
  for (const queue::Item& item : found) {
    if (std::ranges::binary_search(targets, item.key.ns)) {
      functions::write_item(out, item);
    }
  }
  out.end_array();
  if (found.size() == limit) {
    out.member("next_cursor", seal_list_cursor(print_place(found.back().key), bound,
                                               parts_.clock.wall_ms(), parts_.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
