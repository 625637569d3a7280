// A job as callers see it. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "json/writer.h"
#include "queue/job.h"

namespace layer::features::jobs {

// One object: the record of a job of any kind (rule J1 of the contract).
void put_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms);

// Members that the shapes of all kinds share: progress, documents_scanned, eta_ms while it can be
// told, created_at, completed_at and error where there is one.
void put_progress(json::Writer& out, const queue::Job& job, std::int64_t now_ms);

// Milliseconds until the job is done at the pace it had so far.
std::optional<std::int64_t> eta_ms(const queue::Job& job, std::int64_t now_ms);

}  // namespace layer::features::jobs
