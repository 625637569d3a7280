// Warms as callers see them. Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "features/warm/blob_warm.h"
#include "json/writer.h"
#include "queue/job.h"

namespace layer::features::warm {

// The shape WarmJob of section 3.16 of the contract.
void put_warm_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms);
// The counts of a warm of blobs, as members of an object that is open (rule WA2).
void put_blob_report(json::Writer& out, const BlobWarmReport& report);

}  // namespace layer::features::warm
