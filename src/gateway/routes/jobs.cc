#include "gateway/routes/jobs.h"

#include <utility>

#include "core/random.h"
#include "features/jobs/job_list.h"
#include "features/jobs/print_job.h"
#include "gateway/errors.h"
#include "gateway/list_parameters.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace jobs = features::jobs;

constexpr std::size_t kFingerprintBytes = 8;

Result<queue::JobFilter> read_filter(const Exchange& exchange) {
  const std::string_view query = exchange.request.query();
  queue::JobFilter filter{.kind = query_parameter(query, "kind").value_or(""),
                          .ns = query_parameter(query, "namespace").value_or(""),
                          .owner = query_parameter(query, "owner").value_or("")};
  if (filter.owner == "me") {
    filter.owner = job_owner(exchange);
  }
  if (const auto status = query_parameter(query, "status")) {
    filter.status = queue::parse_job_status(*status);
    if (!filter.status) {
      return std::unexpected(
          validation_error("status", "expected queued, running, completed, failed or cancelled"));
    }
  }
  return filter;
}

}  // namespace

std::string job_owner(const Exchange& exchange) {
  if (!exchange.caller) {
    return "open";
  }
  if (exchange.caller->is_passthrough()) {
    const Digest& digest = exchange.caller->digest();
    return core::hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())
                         .substr(0, kFingerprintBytes));
  }
  return std::string(exchange.caller_name());
}

Result<jobs::JobRunner*> runner_of(const JobParts& parts) {
  if (parts.runner == nullptr) {
    return std::unexpected(
        Error{.code = ErrorCode::kFeatureUnavailable,
              .message = "this gateway has no queue database; set --database-url",
              .fields = {{.name = "feature", .value = "jobs"},
                         {.name = "reason", .value = "queue_database"}}});
  }
  return parts.runner;
}

Error job_failure(Error error) {
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kCorrupt ||
      error.code == ErrorCode::kUnavailable) {
    error.code = ErrorCode::kServiceUnavailable;
    error.fields.push_back({.name = "reason", .value = "queue_database"});
  }
  return error;
}

async::Task<Result<http::Response>> Jobs::handle(Exchange& exchange) {
  const std::string_view query = exchange.request.query();
  LAYER_CO_ASSIGN(jobs::JobRunner * runner, runner_of(parts_));
  LAYER_CO_ASSIGN(const queue::JobFilter filter, read_filter(exchange));
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", jobs::kJobsLimitDefault, jobs::kJobsLimitMax));
  const std::int64_t now = parts_.clock.wall_ms();
  std::optional<queue::JobKey> before;
  if (const std::string cursor = query_parameter(query, "cursor").value_or(""); !cursor.empty()) {
    LAYER_CO_ASSIGN(before, jobs::open_job_cursor(cursor, filter, now, parts_.signer));
  }
  const std::string owner = job_owner(exchange);
  auto page = co_await jobs::list_jobs(
      runner->store(), filter, std::move(before), limit, [&](const queue::Job& job) {
        return job.spec.owner == owner ||
               (exchange.caller && may_read(*exchange.caller, job.spec.store, job.spec.ns));
      });
  if (!page) {
    co_return std::unexpected(job_failure(std::move(page).error()));
  }
  json::Writer out;
  out.begin_object().key("jobs").begin_array();
  for (const queue::Job& job : page->jobs) {
    jobs::put_job(out, job, now);
  }
  out.end_array();
  if (page->next) {
    out.member("next_cursor", jobs::seal_job_cursor(filter, *page->next, now, parts_.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> Job::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(jobs::JobRunner * runner, runner_of(parts_));
  const std::string id = percent_decode(exchange.match.params[0]);
  const std::int64_t now = parts_.clock.wall_ms();
  auto job = co_await jobs::find_job(runner->store(), id, now);
  if (!job) {
    co_return std::unexpected(job_failure(std::move(job).error()));
  }
  const bool cancels = exchange.route().id == RouteId::kCancelJob;
  if (job->spec.owner != job_owner(exchange)) {
    LAYER_CO_TRY(parts_.auth.authorise(*exchange.caller, cancels ? Scope::kWrite : Scope::kRead,
                                       job->spec.store, job->spec.ns));
  }
  if (cancels) {
    auto cancelled = co_await runner->cancel(id);
    if (!cancelled) {
      co_return std::unexpected(job_failure(std::move(cancelled).error()));
    }
    if (*cancelled) {
      *job = std::move(**cancelled);
    }
  }
  json::Writer out;
  jobs::put_job(out, *job, now);
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
