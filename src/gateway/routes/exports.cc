#include "gateway/routes/exports.h"

#include <utility>

#include "features/exports/export_job.h"
#include "features/exports/print_export.h"
#include "gateway/peeked_body.h"
#include "gateway/routes/jobs_of_kind.h"

namespace layer::gateway {
namespace {

namespace exports = features::exports;

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
                               .params = std::move(params),
                               .deadline = exchange.deadline});
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  exchange.answer_headers.set("x-layer-job-id", job->spec.id);
  co_return print(202, *job, clock_.wall_ms());
}

async::Task<Result<http::Response>> Exports::handle(Exchange& exchange) {
  const JobListShape shape{
      .kind = exports::kExportKind, .member = "exports", .put = exports::put_export_job};
  LAYER_CO_ASSIGN(const std::string ns,
                  co_await open_jobs(exchange, parts_.jobs, router_, verifier_));
  if (exchange.route().id == RouteId::kExports) {
    co_return co_await list_jobs_of(exchange, parts_.jobs, ns, shape);
  }
  LAYER_CO_ASSIGN(queue::Job job, co_await find_job_of(exchange, parts_.jobs, ns, shape));
  switch (exchange.route().id) {
    case RouteId::kExportResults:
      co_return co_await answer_results(exchange, parts_, std::move(job), {.member = "rows"});
    case RouteId::kEndExport:
      co_return co_await end_job(exchange, parts_, std::move(job));
    default:
      co_return print(200, job, parts_.jobs.clock.wall_ms());
  }
}

}  // namespace layer::gateway
