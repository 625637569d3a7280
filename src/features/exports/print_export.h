// Exports as callers see them. Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "json/writer.h"
#include "queue/job.h"

namespace layer::features::exports {

void put_export_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms);

}  // namespace layer::features::exports
