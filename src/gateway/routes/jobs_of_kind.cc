#include "gateway/routes/jobs_of_kind.h"

#include <utility>

#include <fmt/format.h>

#include "features/jobs/job_list.h"
#include "features/spool/job_results.h"
#include "gateway/errors.h"
#include "gateway/list_parameters.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace jobs = features::jobs;

Result<queue::JobFilter> read_filter(const Exchange& exchange, std::string_view kind,
                                     std::string ns) {
  queue::JobFilter filter{.kind = std::string(kind), .ns = std::move(ns)};
  if (const auto status = query_parameter(exchange.request.query(), "status")) {
    filter.status = queue::parse_job_status(*status);
    if (!filter.status) {
      return std::unexpected(
          validation_error("status", "expected queued, running, completed, failed or cancelled"));
    }
  }
  return filter;
}

}  // namespace

async::Task<Result<std::string>> open_jobs(Exchange& exchange, const JobParts& parts,
                                           const features::namespaces::Router& router,
                                           PassthroughVerifier& verifier) {
  LAYER_CO_TRY(runner_of(parts));
  const auto table = router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  if (exchange.caller) {
    LAYER_CO_TRY(co_await verifier.verify(*exchange.caller, *route.store,
                                          std::string(route.physical), exchange.deadline));
  }
  co_return std::string(route.logical);
}

async::Task<Result<http::Response>> list_jobs_of(Exchange& exchange, const JobParts& parts,
                                                 std::string ns, JobListShape shape) {
  const std::string_view query = exchange.request.query();
  const std::int64_t now = parts.clock.wall_ms();
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", jobs::kJobsLimitDefault, jobs::kJobsLimitMax));
  LAYER_CO_ASSIGN(const queue::JobFilter filter, read_filter(exchange, shape.kind, std::move(ns)));
  std::optional<queue::JobKey> before;
  if (const std::string cursor = query_parameter(query, "cursor").value_or(""); !cursor.empty()) {
    LAYER_CO_ASSIGN(before, jobs::open_job_cursor(cursor, filter, now, parts.signer));
  }
  auto page = co_await jobs::list_jobs(parts.runner->store(), filter, std::move(before), limit,
                                       [](const queue::Job&) { return true; });
  if (!page) {
    co_return std::unexpected(job_failure(std::move(page).error()));
  }
  json::Writer out;
  out.begin_object().key(shape.member).begin_array();
  for (const queue::Job& job : page->jobs) {
    shape.put(out, job, now);
  }
  out.end_array();
  if (page->next) {
    out.member("next_cursor", jobs::seal_job_cursor(filter, *page->next, now, parts.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<queue::Job>> find_job_of(Exchange& exchange, const JobParts& parts,
                                            std::string ns, JobListShape shape) {
  auto job = co_await jobs::find_job(
      parts.runner->store(), percent_decode(exchange.match.params[0]), parts.clock.wall_ms());
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  if (job->spec.ns != ns || job->spec.kind != shape.kind) {
    co_return fail(ErrorCode::kNotFound, fmt::format("the namespace has no such {}", shape.kind));
  }
  co_return std::move(*job);
}

async::Task<Result<http::Response>> end_job(Exchange& exchange, const ResultParts& parts,
                                            queue::Job job) {
  if (job.spec.owner != job_owner(exchange)) {
    LAYER_CO_TRY(
        parts.jobs.auth.authorise(*exchange.caller, Scope::kWrite, job.spec.store, job.spec.ns));
  }
  auto cancelled = co_await parts.jobs.runner->cancel(job.spec.id);
  if (!cancelled) {
    co_return std::unexpected(job_failure(std::move(cancelled).error()));
  }
  LAYER_CO_TRY(co_await features::spool::remove_results(parts.objects, job.spec.id));
  co_return http::json_response(200, R"({"status":"OK"})");
}

}  // namespace layer::gateway
