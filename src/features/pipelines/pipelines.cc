#include "features/pipelines/pipelines.h"

#include <fmt/format.h>

#include <algorithm>

namespace layer::features::pipelines {
namespace {

Error no_pipeline(std::string_view id) {
  return {.code = ErrorCode::kNotFound, .message = fmt::format("no pipeline \"{}\"", id)};
}

// The database's own faults as the caller is told of them.
Error queue_failure(Error error) {
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kCorrupt ||
      error.code == ErrorCode::kUnavailable) {
    error.code = ErrorCode::kServiceUnavailable;
    error.fields.push_back({.name = "reason", .value = "queue_database"});
  }
  return error;
}

template <class T>
Result<T> asked(Result<T> answer) {
  if (!answer) {
    return std::unexpected(queue_failure(std::move(answer).error()));
  }
  return answer;
}

double per_minute(const std::vector<queue::RateBucket>& buckets, std::int64_t now_ms) {
  std::uint64_t finished = 0;
  for (const queue::RateBucket& bucket : buckets) {
    if (bucket.minute_ms >= now_ms - std::chrono::milliseconds(kRateWindow).count()) {
      finished += bucket.completed;
    }
  }
  return static_cast<double>(finished) /
         std::chrono::duration<double, std::ratio<60>>(kRateWindow).count();
}

}  // namespace

async::Task<Result<queue::Pipeline>> Pipelines::create(queue::Pipeline pipeline) {
  const std::string id = pipeline.id;
  LAYER_CO_ASSIGN(auto made, asked(co_await parts_.queue.create(std::move(pipeline))));
  if (!made) {
    co_return fail(ErrorCode::kConflict, fmt::format("there is a pipeline \"{}\" already", id));
  }
  co_return std::move(*made);
}

async::Task<Result<queue::Pipeline>> Pipelines::find(std::string id) {
  LAYER_CO_ASSIGN(auto found, asked(co_await parts_.queue.find(id)));
  if (!found) {
    co_return std::unexpected(no_pipeline(id));
  }
  co_return std::move(*found);
}

async::Task<Result<std::vector<queue::Pipeline>>> Pipelines::list() {
  co_return asked(co_await parts_.queue.pipelines());
}

async::Task<Result<void>> Pipelines::remove(std::string id) {
  LAYER_CO_ASSIGN(const bool there, asked(co_await parts_.queue.remove(id)));
  {
    const std::lock_guard lock(mutex_);
    kept_.erase(id);
  }
  // Chunks of a pipeline that is gone are removed even if an earlier try left some.
  if (auto removed = co_await parts_.chunks.remove(id); !removed) {
    co_return std::unexpected(Error{.code = ErrorCode::kServiceUnavailable,
                                    .message = "the pipeline is gone, but not all of its chunks: " +
                                               removed.error().message + "; delete it again",
                                    .fields = {{.name = "reason", .value = "object_store"}}});
  }
  if (!there) {
    co_return std::unexpected(no_pipeline(id));
  }
  co_return Result<void>{};
}

async::Task<Result<Status>> Pipelines::status(std::string id, bool fresh) {
  const std::int64_t now = parts_.clock.wall_ms();
  if (!fresh) {
    const std::lock_guard lock(mutex_);
    const auto kept = kept_.find(id);
    if (kept != kept_.end() && now - kept->second.at_ms < kStatusKeptFor.count()) {
      co_return kept->second.status;
    }
  }
  LAYER_CO_ASSIGN(auto pipeline, co_await find(id));
  LAYER_CO_ASSIGN(auto counts, asked(co_await parts_.queue.counts(id)));
  LAYER_CO_ASSIGN(const auto rates, asked(co_await parts_.queue.rates(id)));
  Status status{.pipeline = std::move(pipeline),
                .counts = std::move(counts),
                .indexed_per_minute = per_minute(rates, now)};
  const std::lock_guard lock(mutex_);
  kept_[id] = {.status = status, .at_ms = now};
  co_return status;
}

async::Task<Result<void>> Pipelines::stage(std::string pipeline, std::string document,
                                           StagedDocument staged) {
  LAYER_CO_TRY(co_await find(pipeline));
  LAYER_CO_ASSIGN(const auto before, asked(co_await parts_.queue.document(pipeline, document)));
  const std::uint64_t count = staged.chunks.size();
  LAYER_CO_ASSIGN(const std::uint64_t revision,
                  co_await parts_.chunks.put(pipeline, document, before ? before->revision + 1 : 1,
                                             std::move(staged.chunks)));
  // False: somebody staged a later one meanwhile, and theirs counts.
  LAYER_CO_TRY(asked(co_await parts_.queue.stage({.pipeline = pipeline,
                                                  .id = document,
                                                  .stage = std::move(staged.stage),
                                                  .revision = revision,
                                                  .chunks = count})));
  if (staged_) {
    staged_(pipeline);
  }
  if (revision > 1) {
    co_await parts_.chunks.forget_old(std::move(pipeline), std::move(document), revision);
  }
  co_return Result<void>{};
}

async::Task<Result<std::vector<queue::ClaimedDocument>>> Pipelines::claim(
    queue::ClaimDocuments claim) {
  co_return asked(co_await parts_.queue.claim(std::move(claim)));
}

async::Task<Result<queue::Outcomes>> Pipelines::extend(std::string pipeline, Heartbeat beat) {
  LAYER_CO_TRY(co_await find(pipeline));
  co_return asked(co_await parts_.queue.extend(std::move(pipeline), std::move(beat.stage),
                                               std::move(beat.worker), std::move(beat.documents),
                                               beat.lease_for));
}

async::Task<Result<queue::Outcomes>> Pipelines::move(queue::MoveDocuments move) {
  co_return asked(co_await parts_.queue.move(std::move(move)));
}

async::Task<Result<queue::Document>> Pipelines::document(std::string pipeline, std::string id) {
  LAYER_CO_ASSIGN(auto found, asked(co_await parts_.queue.document(pipeline, id)));
  if (!found) {
    LAYER_CO_TRY(co_await find(pipeline));
    co_return fail(ErrorCode::kNotFound,
                   fmt::format("no document \"{}\" in pipeline \"{}\"", id, pipeline));
  }
  co_return std::move(*found);
}

async::Task<Result<std::vector<queue::Document>>> Pipelines::documents(std::string pipeline,
                                                                       queue::DocumentFilter filter,
                                                                       std::string after,
                                                                       std::size_t limit) {
  LAYER_CO_TRY(co_await find(pipeline));
  co_return asked(co_await parts_.queue.documents(std::move(pipeline), std::move(filter),
                                                  std::move(after), limit));
}

async::Task<Result<std::vector<Chunk>>> Pipelines::chunks(std::string pipeline,
                                                          std::string document) {
  LAYER_CO_ASSIGN(const queue::Document found, co_await this->document(pipeline, document));
  if (found.chunks == 0) {
    co_return std::vector<Chunk>{};
  }
  auto read = co_await parts_.chunks.get(pipeline, document, found.revision);
  if (read || read.error().code == ErrorCode::kCancelled) {
    co_return read;
  }
  if (found.until_ms > 0) {
    LAYER_CO_TRY(asked(co_await parts_.queue.unreadable(pipeline, found.worker,
                                                        {.id = document, .epoch = found.epoch})));
  }
  co_return std::unexpected(Error{.code = ErrorCode::kServiceUnavailable,
                                  .message = fmt::format("the chunks of \"{}\" cannot be read: {}",
                                                         document, read.error().message),
                                  .fields = {{.name = "reason", .value = "chunks_unreadable"}}});
}

}  // namespace layer::features::pipelines
