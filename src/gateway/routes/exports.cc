#include "gateway/routes/exports.h"

#include <utility>

#include "features/exports/export_job.h"
#include "features/exports/print_export.h"
#include "features/jobs/job_list.h"
#include "features/spool/job_results.h"
#include "gateway/list_parameters.h"
#include "gateway/peeked_body.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace exports = features::exports;
namespace jobs = features::jobs;

constexpr std::size_t kBodyBytesMax = exports::kAskBytesMax;

async::Task<Result<exports::ExportParams>> read_params(Exchange& exchange) {
  PeekedBody body(exchange,
                  {.held_bytes_max = kBodyBytesMax, .decoded_bytes_max = kBodyBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(kBodyBytesMax));
  }
  co_return exports::parse_ask(body.text().empty() ? std::string_view("{}")
                                                   : std::string_view(body.text()));
}

http::Response print(int status, const queue::Job& job, std::int64_t now) {
  json::Writer out;
  exports::put_export_job(out, job, now);
  return http::json_response(status, std::move(out).take());
}

}  // namespace

async::Task<Result<http::Response>> StartExport::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(auto params, co_await read_params(exchange));
  auto job =
      co_await service_.start({.ns = std::string(exchange.ns()),
                               .owner = job_owner(exchange),
                               .passthrough = exchange.caller && exchange.caller->is_passthrough(),
                               .params = std::move(params)});
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  exchange.answer_headers.set("x-layer-job-id", job->spec.id);
  co_return print(202, *job, clock_.wall_ms());
}

async::Task<Result<http::Response>> Exports::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(jobs::JobRunner * runner, runner_of(parts_.jobs));
  const auto table = router_.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  if (exchange.caller) {
    // What is shown here no store is asked for: a bearer must prove itself.
    LAYER_CO_TRY(co_await verifier_.verify(*exchange.caller, *route.store,
                                           std::string(route.physical), exchange.deadline));
  }
  std::string ns(route.logical);
  if (exchange.route().id == RouteId::kExports) {
    co_return co_await list(exchange, std::move(ns));
  }
  const std::int64_t now = parts_.jobs.clock.wall_ms();
  auto job =
      co_await jobs::find_job(runner->store(), percent_decode(exchange.match.params[0]), now);
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  if (job->spec.ns != ns || job->spec.kind != exports::kExportKind) {
    co_return fail(ErrorCode::kNotFound, "the namespace has no such export");
  }
  if (exchange.route().id == RouteId::kExportResults) {
    co_return co_await answer_results(exchange, parts_, std::move(*job), {.member = "rows"});
  }
  if (exchange.route().id == RouteId::kEndExport) {
    co_return co_await end(exchange, std::move(*job));
  }
  co_return print(200, *job, now);
}

async::Task<Result<http::Response>> Exports::list(Exchange& exchange, std::string ns) {
  const std::string_view query = exchange.request.query();
  const std::int64_t now = parts_.jobs.clock.wall_ms();
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", jobs::kJobsLimitDefault, jobs::kJobsLimitMax));
  const queue::JobFilter filter{.kind = std::string(exports::kExportKind), .ns = std::move(ns)};
  std::optional<queue::JobKey> before;
  if (const std::string cursor = query_parameter(query, "cursor").value_or(""); !cursor.empty()) {
    LAYER_CO_ASSIGN(before, jobs::open_job_cursor(cursor, filter, now, parts_.jobs.signer));
  }
  auto page = co_await jobs::list_jobs(parts_.jobs.runner->store(), filter, std::move(before),
                                       limit, [](const queue::Job&) { return true; });
  if (!page) {
    co_return std::unexpected(job_failure(std::move(page).error()));
  }
  json::Writer out;
  out.begin_object().key("exports").begin_array();
  for (const queue::Job& job : page->jobs) {
    exports::put_export_job(out, job, now);
  }
  out.end_array();
  if (page->next) {
    out.member("next_cursor", jobs::seal_job_cursor(filter, *page->next, now, parts_.jobs.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

// Cancels one that runs; what there is of its results goes either way.
async::Task<Result<http::Response>> Exports::end(Exchange& exchange, queue::Job job) {
  if (job.spec.owner != job_owner(exchange)) {
    LAYER_CO_TRY(
        parts_.jobs.auth.authorise(*exchange.caller, Scope::kWrite, job.spec.store, job.spec.ns));
  }
  auto cancelled = co_await parts_.jobs.runner->cancel(job.spec.id);
  if (!cancelled) {
    co_return std::unexpected(job_failure(std::move(cancelled).error()));
  }
  LAYER_CO_TRY(co_await features::spool::remove_results(parts_.objects, job.spec.id));
  co_return http::json_response(200, R"({"status":"OK"})");
}

}  // namespace layer::gateway
