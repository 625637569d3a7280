#include "features/scans/print_scan.h"

#include "features/jobs/print_job.h"
#include "features/scans/scan_params.h"
#include "features/scans/scan_result.h"

namespace layer::features::scans {
namespace {

void put_ask(json::Writer& out, const queue::Job& job) {
  const auto params = parse_params(job.spec.params);
  if (!params) {
    return;
  }
  out.member("mode", name(params->ask.mode));
  if (!params->ask.field.empty()) {
    out.member("field", params->ask.field);
  }
  out.member("source", name(params->ask.source));
  if (params->cut.watermark_ms) {
    out.member("stable_as_of", *params->cut.watermark_ms);
  }
}

void put_result(json::Writer& out, const ScanResult& result) {
  if (!result.source.empty()) {
    out.member("effective_source", result.source);
  }
  if (result.unique_values) {
    out.member("unique_values", *result.unique_values).member("truncated", result.truncated);
  }
  if (result.bounded) {
    out.member("bounded", true).member("timed_out", result.timed_out);
  }
  if (result.approximate) {
    out.member("approximate", true);
  }
  if (!result.snapshot_sha.empty()) {
    out.member("snapshot_sha", result.snapshot_sha);
  }
  if (result.watermark_ms) {
    out.member("watermark_ms", *result.watermark_ms);
  }
  if (result.threads > 0) {
    out.member("threads", result.threads);
  }
}

}  // namespace

void put_scan_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms) {
  out.begin_object();
  out.member("id", job.spec.id).member("namespace", job.spec.ns);
  put_ask(out, job);
  jobs::put_progress(out, job, now_ms);
  put_result(out, parse_result(job.progress.result));
  out.member("owner", job.spec.owner);
  if (!job.lease.gateway.empty()) {
    out.member("gateway", job.lease.gateway);
  }
  out.member("updated_at", job.updated_at_ms);
  if (job.expires_at_ms) {
    out.member("expires_at", *job.expires_at_ms);
  }
  if (!job.error_code.empty()) {
    out.member("error_code", job.error_code);
  }
  out.end_object();
}

}  // namespace layer::features::scans
