// A warm job as callers see it. Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "json/writer.h"
#include "queue/job.h"

namespace layer::features::warm {

// The shape WarmJob of section 3.16 of the contract.
void put_warm_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms);

}  // namespace layer::features::warm
