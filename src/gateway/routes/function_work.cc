#include "gateway/routes/function_work.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "features/functions/print_work.h"
#include "features/functions/requests.h"
#include "gateway/offload.h"
#include "gateway/read_body.h"

namespace layer::gateway {
namespace {

namespace functions = features::functions;

constexpr std::size_t kReportBytesMax = 64 * core::limits::kMiB;

constexpr core::MetricSpec kItems{.name = "layer_udf_items_total",
                                  .kind = core::MetricKind::kCounter,
                                  .help = "items of functions that workers answered for",
                                  .labels = "udf result"};
constexpr core::MetricSpec kSkipped{
    .name = "layer_udf_skipped_total",
    .kind = core::MetricKind::kCounter,
    .help = "rows not computed again, as their inputs are what they were",
    .labels = "udf"};
constexpr core::MetricSpec kRejected{.name = "layer_lease_rejections_total",
                                     .kind = core::MetricKind::kCounter,
                                     .help = "reports by workers that no longer held the item",
                                     .labels = "queue reason"};

std::size_t accepted(const queue::Outcomes& outcomes) {
  return static_cast<std::size_t>(
      std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome; }));
}

// What the failures of one report were; several kinds are told as the first.
std::string_view result_of(const std::vector<queue::ItemFailure>& items) {
  if (items.empty() || items.front().kind != queue::FailureKind::kThrottled) {
    return "failed";
  }
  return "throttled";
}

}  // namespace

async::Task<Result<http::Response>> FunctionWorkRoute::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const Function function, co_await open_function(parts_, exchange));
  switch (exchange.route().id) {
    case RouteId::kClaimItems:
      co_return co_await claim(exchange, function);
    case RouteId::kItemHeartbeat:
      co_return co_await heartbeat(exchange, function);
    case RouteId::kCompleteItems:
      co_return co_await complete(exchange, function);
    default:
      co_return co_await fail(exchange, function);
  }
}

functions::FunctionWork FunctionWorkRoute::work_for(Exchange& exchange, const Function& function) {
  return functions::FunctionWork(
      {.queue = *parts_.queue,
       .resolve = resolve_for(parts_, exchange),
       .write =
           [this, &exchange, id = function.id](std::string ns, std::string body, async::TimePoint) {
             return write(exchange, id, std::move(ns), std::move(body));
           },
       .pool = parts_.pool,
       .clock = parts_.clock,
       .covers =
           [&registry = *parts_.registry](const functions::FunctionSpec& spec,
                                          const std::string& ns) {
             return std::ranges::binary_search(registry.namespaces_of(spec), ns);
           }});
}

async::Task<Result<store::Answer>> FunctionWorkRoute::write(Exchange& exchange,
                                                            std::string function, std::string ns,
                                                            std::string body) {
  LAYER_CO_ASSIGN(
      http::Response written,
      co_await parts_.write.send(exchange, std::move(ns), std::move(body), std::move(function)));
  exchange.relayed_status = 0;  // the answer is the gateway's own
  co_return store::Answer{.status = written.status,
                          .headers = std::move(written.headers),
                          .body = std::move(written.body)};
}

async::Task<Result<http::Response>> FunctionWorkRoute::claim(Exchange& exchange,
                                                             const Function& function) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kReportBytesMax));
  LAYER_CO_ASSIGN(const functions::WorkAsk ask, functions::parse_work(body));
  functions::FunctionWork work = work_for(exchange, function);
  LAYER_CO_ASSIGN(
      const functions::ClaimedWork claimed,
      co_await work.claim(function, ask.worker, ask.limit, ask.lease_for, exchange.deadline));
  parts_.metrics.sample(kSkipped, {function.id}).add(claimed.skipped);
  co_return http::json_response(200, functions::print_claim(function, ask.worker, claimed));
}

async::Task<Result<http::Response>> FunctionWorkRoute::heartbeat(Exchange& exchange,
                                                                 const Function& function) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kReportBytesMax));
  LAYER_CO_ASSIGN(auto report, functions::parse_beats(body));
  functions::FunctionWork work = work_for(exchange, function);
  LAYER_CO_ASSIGN(const auto outcomes,
                  co_await work.heartbeat(function, report.worker, std::move(report.items)));
  co_return answer(function, outcomes, report.dispositions, "");
}

async::Task<Result<http::Response>> FunctionWorkRoute::complete(Exchange& exchange,
                                                                const Function& function) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kReportBytesMax));
  const auto parse = [&] { return functions::parse_completions(body, function.spec); };
  LAYER_CO_ASSIGN(auto report, co_await offload(parts_.pool, body.size(), parse));
  functions::FunctionWork work = work_for(exchange, function);
  LAYER_CO_ASSIGN(
      const auto outcomes,
      co_await work.complete(function, report.worker, std::move(report.items), exchange.deadline));
  co_return answer(function, outcomes, report.dispositions, "completed");
}

async::Task<Result<http::Response>> FunctionWorkRoute::fail(Exchange& exchange,
                                                            const Function& function) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kReportBytesMax));
  LAYER_CO_ASSIGN(auto report, functions::parse_failures(body));
  const std::string_view result = result_of(report.items);
  functions::FunctionWork work = work_for(exchange, function);
  LAYER_CO_ASSIGN(const auto outcomes,
                  co_await work.fail(function.id, report.worker, std::move(report.items)));
  co_return answer(function, outcomes, report.dispositions, result);
}

Result<http::Response> FunctionWorkRoute::answer(const Function& function,
                                                 const queue::Outcomes& outcomes, bool dispositions,
                                                 std::string_view result) {
  if (!result.empty()) {
    parts_.metrics.sample(kItems, {function.id, result}).add(accepted(outcomes));
  }
  for (const auto& outcome : outcomes) {
    if (outcome) {
      parts_.metrics.sample(kRejected, {"functions", name(outcome->reason)}).add();
    }
  }
  if (auto refused = queue::all_refused(outcomes, "items")) {
    return std::unexpected(std::move(*refused));
  }
  return http::json_response(200, functions::print_report(function.id, outcomes, dispositions));
}

}  // namespace layer::gateway
