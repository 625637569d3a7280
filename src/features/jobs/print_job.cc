#include "features/jobs/print_job.h"

#include <algorithm>

namespace layer::features::jobs {
namespace {

// Below this a pace is a guess.
constexpr std::int64_t kPaceMsMin = 500;

void member_if_any(json::Writer& out, std::string_view name,
                   const std::optional<std::int64_t>& value) {
  if (value) {
    out.member(name, *value);
  }
}

void put_counters(json::Writer& out, const queue::JobCounters& counters) {
  out.key("counters").begin_object();
  out.member("scanned", counters.scanned);
  out.member("total", counters.total);
  out.member("done", counters.done);
  out.member("failed", counters.failed);
  out.member("bytes", counters.bytes);
  out.end_object();
}

}  // namespace

std::optional<std::int64_t> eta_ms(const queue::Job& job, std::int64_t now_ms) {
  const queue::JobCounters& counters = job.progress.counters;
  const std::int64_t spent = now_ms - job.created_at_ms;
  if (job.status != queue::JobStatus::kRunning || counters.scanned == 0 ||
      counters.total <= counters.scanned || spent < kPaceMsMin) {
    return std::nullopt;
  }
  const double per_row = static_cast<double>(spent) / static_cast<double>(counters.scanned);
  return static_cast<std::int64_t>(per_row *
                                   static_cast<double>(counters.total - counters.scanned));
}

void put_progress(json::Writer& out, const queue::Job& job, std::int64_t now_ms) {
  out.member("status", queue::name(job.status));
  out.member("progress", job.progress.progress);
  out.member("documents_scanned", job.progress.counters.scanned);
  member_if_any(out, "eta_ms", eta_ms(job, now_ms));
  out.member("created_at", job.created_at_ms);
  member_if_any(out, "completed_at", job.completed_at_ms);
  if (!job.error.empty()) {
    out.member("error", job.error);
  }
}

void put_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms) {
  out.begin_object();
  out.member("id", job.spec.id);
  out.member("kind", job.spec.kind);
  out.member("namespace", job.spec.ns);
  out.member("owner", job.spec.owner);
  out.key("params").raw(job.spec.params);
  put_progress(out, job, now_ms);
  put_counters(out, job.progress.counters);
  if (!job.progress.result.empty()) {
    out.key("result").raw(job.progress.result);
  }
  if (!job.lease.gateway.empty()) {
    out.member("gateway", job.lease.gateway);
    out.member("epoch", job.lease.epoch);
  }
  out.member("attempts", job.attempts);
  out.member("updated_at", job.updated_at_ms);
  member_if_any(out, "expires_at", job.expires_at_ms);
  if (!job.error_code.empty()) {
    out.member("error_code", job.error_code);
  }
  out.end_object();
}

}  // namespace layer::features::jobs
