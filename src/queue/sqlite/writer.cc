#include "queue/sqlite/writer.h"

namespace layer::queue {

Writer::Writer(std::unique_ptr<Database> database)
    : database_(std::move(database)),
      // Callers that gave up leave their turn in the pool's queue.
      pool_({.name = "queue", .threads = 1, .queue_max = 4 * kWaitingMax}) {}

Result<void> Writer::enqueue(std::shared_ptr<Waiting> piece) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingMax) {
    return fail(ErrorCode::kUnavailable, "too much waits for the queue database; try again later");
  }
  waiting_.push_back(std::move(piece));
  return {};
}

void Writer::withdraw(const Waiting& piece) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const auto& each) { return each.get() == &piece; });
}

void Writer::lead() {
  Pieces pieces;
  {
    const std::lock_guard lock(mutex_);
    pieces.swap(waiting_);
  }
  if (pieces.empty()) {
    return;  // an earlier turn took them all
  }
  if (const auto ran = run_all(pieces); !ran) {
    for (const auto& piece : pieces) {
      piece->refuse(ran.error());
    }
  }
}

Result<void> Writer::run_all(const Pieces& pieces) {
  LAYER_TRY(database_->script("BEGIN IMMEDIATE"));
  for (const auto& piece : pieces) {
    Result<void> bracket = database_->script("SAVEPOINT piece");
    const bool counts = bracket && piece->work(*database_);
    if (bracket) {
      bracket = database_->script(counts ? "RELEASE piece" : "ROLLBACK TO piece; RELEASE piece");
    }
    if (!bracket) {
      // Nothing of this turn counts. The fault that is told is the first one.
      (void)database_->script("ROLLBACK");
      return bracket;
    }
  }
  auto committed = database_->script("COMMIT");
  if (!committed) {
    (void)database_->script("ROLLBACK");
  }
  return committed;
}

}  // namespace layer::queue
