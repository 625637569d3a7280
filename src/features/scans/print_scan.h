// A scan as callers see it. Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "json/writer.h"
#include "queue/job.h"

namespace layer::features::scans {

// One object: a ScanJob (rule table 3.13 of the contract).
void put_scan_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms);

}  // namespace layer::features::scans
