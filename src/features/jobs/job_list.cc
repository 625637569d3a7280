#include "features/jobs/job_list.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/bytes.h"
#include "core/random.h"

namespace layer::features::jobs {
namespace {

constexpr std::string_view kCursorPurpose = "cursor1.jobs.";
constexpr std::int64_t kCursorValidMs = 24LL * 60 * 60 * 1000;
constexpr std::size_t kCursorBytesMax = std::size_t{6} * 1024;
constexpr std::size_t kPage = 500;

std::unexpected<Error> refuse(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidCursor,
                               .message = std::move(message),
                               .fields = {{.name = "reason", .value = std::string(reason)}}});
}

void put_filter(core::ByteWriter& out, const queue::JobFilter& filter) {
  out.string(filter.kind);
  out.string(filter.ns);
  out.string(filter.owner);
  out.string(filter.status ? queue::name(*filter.status) : std::string_view());
}

queue::JobKey key_of(const queue::Job& job) {
  return {.created_at_ms = job.created_at_ms, .id = job.spec.id};
}

}  // namespace

async::Task<Result<queue::Job>> find_job(queue::JobStore& store, std::string id,
                                         std::int64_t now_ms) {
  if (core::is_uuid(id)) {
    LAYER_CO_ASSIGN(auto job, co_await store.find(id));
    if (job && job->expires_at_ms && *job->expires_at_ms <= now_ms) {
      co_return fail(ErrorCode::kGone, fmt::format("the job '{}' has expired", id));
    }
    if (job) {
      co_return std::move(*job);
    }
  }
  co_return fail(ErrorCode::kNotFound, fmt::format("there is no job '{}'", id));
}

async::Task<Result<JobPage>> list_jobs(queue::JobStore& store, queue::JobFilter filter,
                                       std::optional<queue::JobKey> before, std::size_t limit,
                                       std::function<bool(const queue::Job&)> may_see) {
  JobPage page;
  for (std::size_t looked_at = 0; looked_at < kJobsLookedAtMax;) {
    const std::size_t want = std::min(kPage, limit + 1);
    LAYER_CO_ASSIGN(auto jobs, co_await store.list(filter, before, want));
    for (queue::Job& job : jobs) {
      if (page.jobs.size() == limit) {
        page.next = before;
        co_return page;
      }
      before = key_of(job);
      if (may_see(job)) {
        page.jobs.push_back(std::move(job));
      }
    }
    if (jobs.size() < want) {
      co_return page;
    }
    looked_at += jobs.size();
  }
  page.next = before;
  co_return page;
}

std::string seal_job_cursor(const queue::JobFilter& filter, const queue::JobKey& last,
                            std::int64_t now_ms, const core::Signer& signer) {
  core::ByteWriter out;
  put_filter(out, filter);
  out.zigzag(last.created_at_ms);
  out.string(last.id);
  out.zigzag(now_ms);
  return signer.seal(kCursorPurpose, out.str());
}

Result<queue::JobKey> open_job_cursor(std::string_view cursor, const queue::JobFilter& filter,
                                      std::int64_t now_ms, const core::Signer& signer) {
  if (cursor.size() > kCursorBytesMax) {
    return refuse("malformed", "a cursor has at most 6 KiB");
  }
  const auto payload = signer.open(kCursorPurpose, cursor);
  if (!payload) {
    return refuse("signature",
                  "the cursor was altered or belongs to another list; send next_cursor as it came");
  }
  core::ByteWriter expected;
  put_filter(expected, filter);
  if (!payload->starts_with(expected.str())) {
    return refuse("mismatch", "the cursor belongs to a list with other parameters");
  }
  core::ByteReader in(std::string_view(*payload).substr(expected.size()));
  queue::JobKey key{.created_at_ms = in.zigzag(), .id = std::string(in.string())};
  const std::int64_t issued_ms = in.zigzag();
  if (!in.done()) {
    return refuse("malformed", "the cursor cannot be read by this version");
  }
  if (now_ms - issued_ms > kCursorValidMs) {
    return refuse("expired", "the cursor is older than 24 h; start the list again");
  }
  return key;
}

}  // namespace layer::features::jobs
