#include "gateway/routes/warm.h"

#include <utility>

#include "features/jobs/job_list.h"
#include "features/warm/print_warm.h"
#include "features/warm/warm_job.h"
#include "gateway/list_parameters.h"
#include "gateway/peeked_body.h"
#include "gateway/percent.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace jobs = features::jobs;
namespace warm = features::warm;

constexpr std::size_t kBodyBytesMax = 64 * core::limits::kKiB;

Result<void> read_query(std::string_view query, warm::WarmParams& params) {
  for (const char* name : {"page_size", "threads", "rows_per_second", "verify", "vectors"}) {
    if (const auto text = query_parameter(query, name)) {
      LAYER_TRY(warm::set_param(params, name, *text));
    }
  }
  return {};
}

// In the body or the query string; an empty body asks for the defaults.
async::Task<Result<warm::WarmParams>> read_params(Exchange& exchange) {
  PeekedBody body(exchange,
                  {.held_bytes_max = kBodyBytesMax, .decoded_bytes_max = kBodyBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(kBodyBytesMax));
  }
  warm::WarmParams params;
  if (!body.text().empty()) {
    LAYER_CO_ASSIGN(params, warm::parse_params(body.text()));
  }
  LAYER_CO_TRY(read_query(exchange.request.query(), params));
  co_return params;
}

}  // namespace

async::Task<Result<http::Response>> WarmNamespace::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const warm::WarmParams params, co_await read_params(exchange));
  auto job =
      co_await service_.start({.ns = std::string(exchange.ns()),
                               .owner = job_owner(exchange),
                               .passthrough = exchange.caller && exchange.caller->is_passthrough(),
                               .params = params});
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  exchange.answer_headers.set("x-layer-job-id", job->spec.id);
  json::Writer out;
  warm::put_warm_job(out, *job, clock_.wall_ms());
  co_return http::json_response(202, std::move(out).take());
}

async::Task<Result<http::Response>> WarmJobs::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(jobs::JobRunner * runner, runner_of(parts_));
  const auto table = router_.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  std::string ns(route.logical);
  if (exchange.route().id == RouteId::kWarmJobs) {
    co_return co_await list(exchange, std::move(ns));
  }
  const std::int64_t now = parts_.clock.wall_ms();
  auto job =
      co_await jobs::find_job(runner->store(), percent_decode(exchange.match.params[0]), now);
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  if (job->spec.ns != ns || job->spec.kind != warm::kWarmKind) {
    co_return fail(ErrorCode::kNotFound, "the namespace has no such warm job");
  }
  json::Writer out;
  warm::put_warm_job(out, *job, now);
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> WarmJobs::list(Exchange& exchange, std::string ns) {
  const std::string_view query = exchange.request.query();
  const std::int64_t now = parts_.clock.wall_ms();
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", jobs::kJobsLimitDefault, jobs::kJobsLimitMax));
  const queue::JobFilter filter{.kind = std::string(warm::kWarmKind), .ns = std::move(ns)};
  std::optional<queue::JobKey> before;
  if (const std::string cursor = query_parameter(query, "cursor").value_or(""); !cursor.empty()) {
    LAYER_CO_ASSIGN(before, jobs::open_job_cursor(cursor, filter, now, parts_.signer));
  }
  auto page = co_await jobs::list_jobs(parts_.runner->store(), filter, std::move(before), limit,
                                       [](const queue::Job&) { return true; });
  if (!page) {
    co_return std::unexpected(job_failure(std::move(page).error()));
  }
  json::Writer out;
  out.begin_object().key("warm_jobs").begin_array();
  for (const queue::Job& job : page->jobs) {
    warm::put_warm_job(out, job, now);
  }
  out.end_array();
  if (page->next) {
    out.member("next_cursor", jobs::seal_job_cursor(filter, *page->next, now, parts_.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
