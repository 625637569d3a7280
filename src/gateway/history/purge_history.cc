#include "gateway/history/purge_history.h"

#include <utility>

#include "features/jobs/print_job.h"
#include "gateway/errors.h"
#include "gateway/history/list_ask.h"
#include "gateway/percent.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace history = features::history;
namespace jobs = features::jobs;

constexpr std::int64_t kNsPerMs = 1'000'000;

// The job's params: the one member that was given.
Result<std::string> read_params(std::string_view query, std::int64_t now_ms) {
  json::Writer out;
  out.begin_object();
  std::size_t given = 0;
  for (const std::string_view name : {"client_id", "user_id"}) {
    if (const auto id = query_parameter(query, name); id && !id->empty()) {
      out.member(name, *id);
      ++given;
    }
  }
  LAYER_ASSIGN(const auto before, read_time(query, "before", now_ms));
  if (before) {
    out.member("before", *before);
    ++given;
  }
  if (given != 1) {
    return std::unexpected(
        validation_error("client_id", "give exactly one of client_id, user_id and before"));
  }
  out.end_object();
  return std::move(out).take();
}

Result<history::PurgeAsk> parse_params(std::string params) {
  const auto document = json::Document::parse(std::move(params));
  json::Object members;
  if (!document || document->root().get(members) != simdjson::SUCCESS) {
    return fail(ErrorCode::kCorrupt, "the job's params are no object");
  }
  history::PurgeAsk ask;
  for (const auto [name, value] : members) {
    std::string_view text;
    std::int64_t ms = 0;
    if (name == "client_id" && value.get(text) == simdjson::SUCCESS) {
      ask.client_id = text;
    } else if (name == "user_id" && value.get(text) == simdjson::SUCCESS) {
      ask.user_id = text;
    } else if (name == "before" && value.get(ms) == simdjson::SUCCESS) {
      ask.before_ns = ms * kNsPerMs;
    } else {
      return fail(ErrorCode::kCorrupt, "the job's params are of another version");
    }
  }
  return ask;
}

}  // namespace

async::Task<Result<queue::JobProgress>> PurgeJob::run(jobs::JobContext& context) {
  const queue::JobSpec& spec = context.job().spec;
  LAYER_CO_ASSIGN(history::PurgeAsk ask, parse_params(spec.params));
  LAYER_CO_ASSIGN(const history::PurgeCount count, co_await purge_(spec.ns, std::move(ask)));
  queue::JobProgress progress{.progress = 1};
  progress.counters.done = count.queries + count.clicks;
  json::Writer out;
  out.begin_object().member("queries", count.queries).member("clicks", count.clicks);
  out.member("segments", count.segments).end_object();
  progress.result = std::move(out).take();
  co_return progress;
}

async::Task<Result<http::Response>> PurgeHistory::handle(Exchange& exchange) {
  const std::int64_t now = parts_.clock.wall_ms();
  LAYER_CO_TRY(reader_of(parts_));
  LAYER_CO_ASSIGN(jobs::JobRunner * runner, runner_of(jobs_));
  LAYER_CO_ASSIGN(std::string ns, history_name(parts_, exchange));
  LAYER_CO_ASSIGN(std::string params, read_params(exchange.request.query(), now));
  auto submitted = co_await runner->submit({.kind = std::string(kPurgeKind),
                                            .ns = std::move(ns),
                                            .store = std::string(exchange.store_name()),
                                            .owner = job_owner(exchange),
                                            .params = std::move(params)});
  if (!submitted) {
    co_return std::unexpected(job_failure(std::move(submitted).error()));
  }
  exchange.answer_headers.set("x-layer-job-id", submitted->job.spec.id);
  json::Writer out;
  jobs::put_job(out, submitted->job, now);
  co_return http::json_response(202, std::move(out).take());
}

}  // namespace layer::gateway
