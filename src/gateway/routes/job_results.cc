#include "gateway/routes/job_results.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "async/deadline.h"
#include "features/spool/job_results.h"
#include "gateway/errors.h"
#include "gateway/list_parameters.h"
#include "gateway/percent.h"
#include "gateway/routes/result_cursor.h"

namespace layer::gateway {
namespace {

namespace spool = features::spool;

// How often a stream that follows looks for further lines.
constexpr std::chrono::milliseconds kLookEvery{500};
constexpr std::string_view kNdjson = "application/x-ndjson";

struct ResultAsk {
  std::uint64_t first = 0;
  std::size_t limit = kResultsLimitDefault;
  bool follow = false;
};

Result<ResultAsk> read_ask(const Exchange& exchange, const ResultParts& parts,
                           const std::string& job_id) {
  const std::string_view query = exchange.request.query();
  ResultAsk ask;
  LAYER_ASSIGN(ask.limit, read_count(query, "limit", kResultsLimitDefault, kResultsLimitMax));
  const std::string cursor = query_parameter(query, "cursor").value_or("");
  const auto offset = query_parameter(query, "offset");
  if (!cursor.empty() && offset) {
    return std::unexpected(validation_error("offset", "give a cursor or an offset, not both"));
  }
  if (!cursor.empty()) {
    LAYER_ASSIGN(ask.first,
                 open_result_cursor(cursor, job_id, parts.jobs.clock.wall_ms(), parts.jobs.signer));
  }
  if (offset) {
    const char* const end = offset->data() + offset->size();
    const auto [rest, fault] = std::from_chars(offset->data(), end, ask.first);
    if (fault != std::errc() || rest != end) {
      return std::unexpected(validation_error("offset", "expected the number of a line"));
    }
  }
  if (const auto follow = query_parameter(query, "follow")) {
    if (*follow != "true" && *follow != "false") {
      return std::unexpected(validation_error("follow", "expected true or false"));
    }
    ask.follow = *follow == "true";
  }
  return ask;
}

std::unexpected<Error> gone(const queue::Job& job, std::string_view why) {
  return fail(ErrorCode::kGone, fmt::format("the results of job {} {}", job.spec.id, why));
}

// What speaks against showing results, as far as the job itself tells.
Result<void> check(const queue::Job& job) {
  if (job.status == queue::JobStatus::kCancelled) {
    return gone(job, "were dropped when it was cancelled");
  }
  if (job.status == queue::JobStatus::kFailed) {
    return std::unexpected(Error{.code = ErrorCode::kValidation,
                                 .message = "the job failed: " + job.error,
                                 .fields = {{.name = "reason", .value = "job_failed"}}});
  }
  return {};
}

// The manifest; an empty one while there are no results yet.
async::Task<Result<spool::Manifest>> find_manifest(const ResultParts& parts, queue::Job job) {
  const std::string& runs_at = job.lease.gateway;
  if (!parts.shared && !runs_at.empty() && runs_at != parts.gateway) {
    co_return std::unexpected(
        Error{.code = ErrorCode::kResultsElsewhere,
              .message = "without an object store, results lie on the gateway that ran the job",
              .fields = {{.name = "gateway", .value = runs_at}}});
  }
  LAYER_CO_ASSIGN(auto manifest, co_await spool::read_manifest(parts.objects, job.spec.id));
  if (!manifest && job.status == queue::JobStatus::kCompleted) {
    co_return gone(job, "were removed");
  }
  co_return std::move(manifest).value_or(spool::Manifest{});
}

class ResultStream final : public http::Body {
 public:
  ResultStream(ResultParts parts, queue::Job job, std::uint64_t first, bool follow)
      : parts_(std::move(parts)), job_(std::move(job)), at_(first), follow_(follow) {}

  async::Task<Result<std::string_view>> next() override {
    while (!ended_) {
      if (at_ < manifest_.lines()) {
        LAYER_CO_ASSIGN(auto lines,
                        co_await spool::read_lines(parts_.objects, parts_.pool, manifest_, at_,
                                                   std::numeric_limits<std::uint64_t>::max()));
        at_ += lines.count;
        piece_ = std::move(lines.text);
        co_return std::string_view(piece_);
      }
      if (last_look_) {
        ended_ = true;
        piece_ = end_line();
        co_return std::string_view(piece_);
      }
      LAYER_CO_TRY(co_await look());
    }
    co_return std::string_view();
  }

 private:
  // First at the job, then at its results: those of a job that is over are all there.
  async::Task<Result<void>> look() {
    if (std::exchange(looked_, true) && !co_await async::sleep_for(kLookEvery)) {
      co_return fail(ErrorCode::kCancelled, "the caller went away");
    }
    LAYER_CO_ASSIGN(auto job, co_await parts_.jobs.runner->store().find(job_.spec.id));
    if (job) {
      job_ = std::move(*job);
    }
    last_look_ = !follow_ || !job || queue::is_over(job_.status);
    LAYER_CO_ASSIGN(auto manifest, co_await spool::read_manifest(parts_.objects, job_.spec.id));
    if (manifest) {
      manifest_ = std::move(*manifest);
    }
    co_return Result<void>{};
  }

  std::string end_line() const {
    json::Writer out;
    out.begin_object().key("$end").begin_object();
    out.member("status", queue::name(job_.status)).member("total", manifest_.lines());
    out.key("next_cursor");
    if (manifest_.complete) {
      out.null();
    } else {
      out.value(
          seal_result_cursor(job_.spec.id, at_, parts_.jobs.clock.wall_ms(), parts_.jobs.signer));
    }
    out.end_object().end_object();
    return std::move(out).take() + "\n";
  }

  const ResultParts parts_;
  queue::Job job_;
  spool::Manifest manifest_{};
  std::uint64_t at_;
  const bool follow_;
  bool looked_ = false;
  bool last_look_ = false;
  bool ended_ = false;
  std::string piece_{};
};

void put_lines(json::Writer& out, const spool::Lines& lines, const ResultShape& shape) {
  std::string_view rest = lines.text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (shape.put) {
      shape.put(out, line);
    } else {
      out.raw(line);
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

}  // namespace

bool wants_lines(const Exchange& exchange) {
  const auto accept = exchange.request.headers.find("accept");
  return accept && accept->find(kNdjson) != std::string_view::npos;
}

http::Response answer_lines(ResultParts parts, queue::Job job, std::uint64_t first, bool follow) {
  http::Response answer;
  answer.headers.set("content-type", kNdjson);
  answer.stream = stream_results(std::move(parts), std::move(job), first, follow);
  return answer;
}

std::unique_ptr<http::Body> stream_results(ResultParts parts, queue::Job job, std::uint64_t first,
                                           bool follow) {
  return std::make_unique<ResultStream>(std::move(parts), std::move(job), first, follow);
}

async::Task<Result<http::Response>> answer_results(Exchange& exchange, ResultParts parts,
                                                   queue::Job job, ResultShape shape) {
  LAYER_CO_ASSIGN(const ResultAsk ask, read_ask(exchange, parts, job.spec.id));
  LAYER_CO_TRY(check(job));
  LAYER_CO_ASSIGN(const spool::Manifest manifest, co_await find_manifest(parts, job));
  exchange.answer_headers.set("x-layer-job-id", job.spec.id);
  if (wants_lines(exchange)) {
    co_return answer_lines(std::move(parts), std::move(job), ask.first, ask.follow);
  }
  LAYER_CO_ASSIGN(
      const spool::Lines lines,
      co_await spool::read_lines(parts.objects, parts.pool, manifest, ask.first, ask.limit));
  const std::uint64_t next = ask.first + lines.count;
  LAYER_CO_ASSIGN(std::string body, co_await parts.pool.run([&] {
    json::Writer out;
    out.begin_object().key(shape.member).begin_array();
    put_lines(out, lines, shape);
    out.end_array();
    out.member("total", manifest.lines()).member("complete", manifest.complete);
    if (shape.more) {
      shape.more(out);
    }
    if (next < manifest.lines() || !manifest.complete) {
      out.member("next_cursor", seal_result_cursor(job.spec.id, next, parts.jobs.clock.wall_ms(),
                                                   parts.jobs.signer));
    }
    out.end_object();
    return std::move(out).take();
  }));
  co_return http::json_response(200, std::move(body));
}

}  // namespace layer::gateway
