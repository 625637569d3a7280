#include "features/exports/print_export.h"

#include "features/jobs/print_job.h"

namespace layer::features::exports {

void put_export_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms) {
  out.begin_object();
  out.member("id", job.spec.id);
  out.member("namespace", job.spec.ns);
  out.member("format", "ndjson");
  jobs::put_progress(out, job, now_ms);
  out.member("rows", job.progress.counters.done);
  out.member("bytes", job.progress.counters.bytes);
  out.key("params").raw(job.spec.params);
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

}  // namespace layer::features::exports
