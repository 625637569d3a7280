#include "features/spool/result_sweep.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/random.h"
#include "features/spool/job_results.h"

namespace layer::features::spool {
namespace {

constexpr std::string_view kPrefix = "jobs/";
constexpr std::chrono::hours kSweepMax{1};
// Ids of jobs begin with the time they were made at: 48 bits of epoch milliseconds.
std::int64_t made_at_ms(std::string_view job_id) {
  std::string digits(job_id.substr(0, 13));
  std::erase(digits, '-');
  std::int64_t ms = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), ms, 16);
  return ms;
}

// Lists what follows everything of a job.
std::string behind(std::string_view job_id) {
  std::string key = results_prefix(job_id);
  ++key.back();  // '/' becomes the next character
  return key;
}

}  // namespace

std::string_view job_of(std::string_view key) {
  if (!key.starts_with(kPrefix)) {
    return {};
  }
  key.remove_prefix(kPrefix.size());
  const std::string_view id = key.substr(0, key.find('/'));
  return id.size() < key.size() && core::is_uuid(id) ? id : std::string_view();
}

ResultSweep::ResultSweep(Parts parts, ResultSweepOptions options)
    : parts_(parts),
      options_(options),
      turns_(parts_.loop, parts_.log, parts_.metrics,
             {.name = "result_sweep",
              .fails = "results of jobs that are over could not be removed; tried again later",
              .works = "results of jobs that are over are removed again",
              .every = options_.every,
              .first = options_.every,
              .turn_max = kSweepMax},
             [this] { return turn(); }) {}

async::Task<Result<void>> ResultSweep::turn() {
  LAYER_CO_ASSIGN(const std::size_t removed, co_await sweep());
  if (removed > 0) {
    parts_.log.info("results of jobs that are over were removed", {{"jobs", removed}});
  }
  co_return Result<void>{};
}

async::Task<Result<std::size_t>> ResultSweep::sweep() {
  std::size_t removed = 0;
  for (std::string after;;) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await parts_.objects.list(std::string(kPrefix), after, objects::kListMax));
    std::string last;
    for (const objects::ListedObject& each : listing.objects) {
      const std::string_view id = job_of(each.key);
      if (id.empty() || id == last) {
        continue;
      }
      last = id;
      LAYER_CO_ASSIGN(const bool over, co_await is_over_for_good(last));
      if (over) {
        LAYER_CO_TRY(co_await remove_results(parts_.objects, last));
        ++removed;
      }
    }
    if (!listing.more) {
      co_return removed;
    }
    const std::string& end = listing.objects.back().key;
    after = job_of(end).empty() ? end : behind(job_of(end));
  }
}

async::Task<Result<bool>> ResultSweep::is_over_for_good(std::string job_id) {
  LAYER_CO_ASSIGN(const auto job, co_await parts_.jobs.find(job_id));
  const std::int64_t now = parts_.clock.wall_ms();
  if (!job) {
    co_return made_at_ms(job_id) + options_.unknown_for.count() <= now;
  }
  co_return job->status == queue::JobStatus::kCancelled ||
      (job->expires_at_ms && *job->expires_at_ms <= now);
}

}  // namespace layer::features::spool
