#include "features/warm/print_warm.h"

#include "features/jobs/print_job.h"
#include "features/namespaces/slices.h"

namespace layer::features::warm {

void put_warm_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms) {
  out.begin_object();
  out.member("id", job.spec.id);
  out.member("namespace", job.spec.ns);
  jobs::put_progress(out, job, now_ms);
  const std::string& result = job.progress.result;
  for (const auto& [member, name] :
       {std::pair{"certified", "certified"}, std::pair{"complete", "complete"},
        std::pair{"watermark_ms", "stable_as_of"}}) {
    if (const auto value = namespaces::raw_member(result, member); !value.empty()) {
      out.key(name).raw(value);
    }
  }
  out.end_object();
}

void put_blob_report(json::Writer& out, const BlobWarmReport& report) {
  out.member("documents_scanned", report.documents_scanned)
      .member("refs_seen", report.refs_seen)
      .member("objects", report.objects)
      .member("bytes", report.bytes)
      .member("missing", report.missing)
      .member("invalid_refs", report.invalid_refs)
      .member("budget_exhausted", report.budget_exhausted);
}

}  // namespace layer::features::warm
