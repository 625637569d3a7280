#include "queue/postgres/postgres_document_queue.h"

#include <memory>
#include <utility>

#include "queue/document_rules.h"
#include "queue/postgres/document_statements.h"
#include "queue/postgres/named_items.h"
#include "queue/postgres/plain_text.h"
#include "queue/postgres/work_channel.h"
#include "queue/stored_text.h"

namespace layer::queue {
namespace {

using postgres::Answer;
using postgres::Connection;
using postgres::document_statements;
using postgres::NamedCall;
using postgres::plain_text;
using postgres::PoolKind;
using postgres::Statement;
using postgres::Value;
using std::chrono::milliseconds;

constexpr auto kKeptMs = milliseconds(kRatesKeptFor).count();
constexpr std::size_t kReapInline = 1000;  // leases that a claim takes back first

Pipeline read_pipeline(const Answer::Row& row) {
  return {.id = row.text(0),
          .target_namespace = row.text(1),
          .distance_metric = row.text(2),
          .paused = row.text(3) == "t",
          .created_at_ms = row.integer(4)};
}

Document read_document(const Answer::Row& row) {
  return {.id = original_text(row.text(0)),
          .stage = row.text(1),
          .revision = static_cast<std::uint64_t>(row.integer(2)),
          .chunks = static_cast<std::uint64_t>(row.integer(3)),
          .attempts = static_cast<std::uint32_t>(row.integer(4)),
          .reason = row.text(5),
          .worker = row.text(6),
          .epoch = static_cast<std::uint64_t>(row.integer(7)),
          .until_ms = row.integer(8),
          .updated_at_ms = row.integer(9)};
}

// What a call over documents shares with itself while it is tried again.
struct Named {
  Value now;
  std::string pipeline;
  std::string worker;
  std::vector<DocumentLease> documents;
  std::string from_stage{};
  bool held_only = true;
  bool operates = false;

  std::vector<Value> values(const std::vector<std::size_t>& places) const {
    std::vector<std::string> ids;
    std::vector<std::int64_t> epochs;
    for (const std::size_t place : places) {
      ids.push_back(stored_text(documents[place].id));
      epochs.push_back(static_cast<std::int64_t>(documents[place].epoch));
    }
    return {now, pipeline, worker, Value::array(ids), Value::array(epochs)};
  }

  Outcome explain(const Answer::Row& row, std::size_t place) const {
    const DocumentClaim claim{
        .worker = worker, .from_stage = from_stage, .held_only = held_only, .operates = operates};
    const std::uint64_t epoch = documents[place].epoch;
    const bool works = row.text(6) == "t";
    const std::int64_t at = row.integer(5);
    if (row.is_null(1)) {
      return judge(std::nullopt, epoch, claim, at, works);
    }
    const std::string stage = row.text(1);
    const std::string holder = row.text(4);
    const std::int64_t until = row.integer(2);
    const DocumentState state{.stage = stage,
                              .lease = {.leased = until > 0,
                                        .claimable = until == 0 && waits_in(stage),
                                        .epoch = static_cast<std::uint64_t>(row.integer(3)),
                                        .worker = holder,
                                        .until_ms = until}};
    return judge(state, epoch, claim, at, works);
  }
};

// `sql` over the documents, with further values.
async::Task<Result<Outcomes>> run_call(postgres::Database& database, PoolKind pool, Named given,
                                       std::string_view sql, std::vector<Value> more) {
  auto named = std::make_shared<const Named>(std::move(given));
  NamedCall call{.items = named->documents.size(),
                 .act =
                     [named, sql, more = std::move(more)](const std::vector<std::size_t>& places) {
                       std::vector<Value> values = named->values(places);
                       values.insert(values.end(), more.begin(), more.end());
                       return Statement{.sql = sql, .values = std::move(values)};
                     },
                 .explain =
                     [named](const std::vector<std::size_t>& places) {
                       return Statement{.sql = document_statements().explain,
                                        .values = named->values(places)};
                     },
                 .read = [named](const Answer::Row& row,
                                 std::size_t place) { return named->explain(row, place); }};
  return database.run(pool, [call = std::move(call)](Connection& connection) {
    return postgres::run_named(connection, call);
  });
}

Value boolean(bool value) {
  return value ? "true" : "false";
}

}  // namespace

Value PostgresDocumentQueue::now() const {
  return clock_ == nullptr ? Value(nullptr) : Value(clock_->wall_ms());
}

async::Task<Result<Answer>> PostgresDocumentQueue::ask(PoolKind pool, std::string_view sql,
                                                       std::vector<Value> values) {
  return database_.run(pool, [sql, values = std::move(values)](Connection& connection) {
    return connection.run(Statement{.sql = sql, .values = values});
  });
}

async::Task<Result<std::optional<Pipeline>>> PostgresDocumentQueue::ask_one(
    std::string_view sql, std::vector<Value> values) {
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kData, sql, std::move(values)));
  co_return answer.rows() == 0 ? std::nullopt : std::optional(read_pipeline(answer.row(0)));
}

async::Task<Result<std::optional<Pipeline>>> PostgresDocumentQueue::create(Pipeline pipeline) {
  LAYER_CO_ASSIGN(auto made, co_await ask_one(document_statements().create,
                                              {now(), pipeline.id, pipeline.target_namespace,
                                               pipeline.distance_metric, boolean(pipeline.paused),
                                               kPipelinesMax}));
  if (made) {
    co_return made;
  }
  LAYER_CO_ASSIGN(const auto there,
                  co_await ask_one(document_statements().find, {now(), pipeline.id}));
  if (!there) {
    co_return std::unexpected(too_many_pipelines());
  }
  co_return std::nullopt;
}

async::Task<Result<std::optional<Pipeline>>> PostgresDocumentQueue::find(std::string id) {
  return ask_one(document_statements().find, {now(), std::move(id)});
}

async::Task<Result<std::vector<Pipeline>>> PostgresDocumentQueue::pipelines() {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, document_statements().all, {now()}));
  std::vector<Pipeline> all;
  for (int i = 0; i < answer.rows(); ++i) {
    all.push_back(read_pipeline(answer.row(i)));
  }
  co_return all;
}

// The pipeline first: whoever stages into it holds its row, so that nothing comes after.
async::Task<Result<bool>> PostgresDocumentQueue::remove(std::string id) {
  const auto& sql = document_statements();
  std::vector<Statement> all;
  for (const std::string* each : {&sql.remove, &sql.remove_documents, &sql.remove_counters}) {
    all.push_back({.sql = *each, .values = {now(), id}});
  }
  co_return co_await database_.run(
      PoolKind::kData, [all = std::move(all)](Connection& connection) -> async::Task<Result<bool>> {
        LAYER_CO_ASSIGN(const auto answers, co_await connection.run(all));
        co_return answers.at(0).changed() > 0;
      });
}

async::Task<Result<std::optional<Pipeline>>> PostgresDocumentQueue::pause(std::string id,
                                                                          bool paused) {
  return ask_one(document_statements().pause, {now(), std::move(id), boolean(paused)});
}

async::Task<Result<bool>> PostgresDocumentQueue::stage(StageDocument document) {
  LAYER_CO_TRY(check_document(document.id, document.stage));
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, document_statements().stage,
                               {now(), document.pipeline, stored_text(document.id), document.stage,
                                document.revision, document.chunks,
                                postgres::work_channel(database_.options().connection.schema)}));
  if (answer.row(0).integer(0) == 0) {
    co_return std::unexpected(no_such_pipeline(document.pipeline));
  }
  co_return answer.row(0).integer(1) > 0;
}

// Leases that are over come back first, in the same round trip.
async::Task<Result<std::vector<ClaimedDocument>>> PostgresDocumentQueue::claim(
    ClaimDocuments claim) {
  LAYER_CO_TRY(check_batch(claim.limit));
  LAYER_CO_TRY(check_worker(claim.worker));
  LAYER_CO_TRY(check_stage(claim.stage));
  LAYER_CO_TRY(check_stage(claim.claim_stage));
  std::vector<Statement> both;
  both.push_back(
      {.sql = document_statements().reap, .values = {now(), kReapInline, kDocumentAttemptsMax}});
  both.push_back({.sql = document_statements().claim,
                  .values = {now(), claim.pipeline, claim.stage, claim.claim_stage,
                             plain_text(std::move(claim.worker)), claim.limit,
                             claim.lease_for.count(), stored_text(claim.prefix)}});
  LAYER_CO_ASSIGN(
      const auto answers,
      co_await database_.run(PoolKind::kData, [both = std::move(both)](Connection& connection) {
        return connection.run(both);
      }));
  const Answer& answer = answers.at(1);
  if (answer.rows() == 0) {
    co_return std::unexpected(no_such_pipeline(claim.pipeline));
  }
  std::vector<ClaimedDocument> claimed;
  for (int i = 0; i < answer.rows() && !answer.row(i).is_null(0); ++i) {
    const Answer::Row row = answer.row(i);
    claimed.push_back({.id = original_text(row.text(0)),
                       .epoch = static_cast<std::uint64_t>(row.integer(1)),
                       .attempts = static_cast<std::uint32_t>(row.integer(2)),
                       .revision = static_cast<std::uint64_t>(row.integer(3)),
                       .waited_since_ms = row.integer(4)});
  }
  co_return claimed;
}

async::Task<Result<Outcomes>> PostgresDocumentQueue::extend(std::string pipeline, std::string stage,
                                                            std::string worker,
                                                            std::vector<DocumentLease> documents,
                                                            milliseconds lease_for) {
  LAYER_CO_TRY(check_batch(documents.size()));
  std::vector<Value> more{stage, lease_for.count()};
  co_return co_await run_call(database_, PoolKind::kControl,
                              {.now = now(),
                               .pipeline = std::move(pipeline),
                               .worker = plain_text(std::move(worker)),
                               .documents = std::move(documents),
                               .from_stage = std::move(stage)},
                              document_statements().extend, std::move(more));
}

async::Task<Result<Outcomes>> PostgresDocumentQueue::move(MoveDocuments move) {
  LAYER_CO_TRY(check_batch(move.documents.size()));
  for (const DocumentLease& each : move.documents) {
    LAYER_CO_TRY(check_document(each.id, move.stage));
  }
  LAYER_CO_ASSIGN(const auto pipeline, co_await find(move.pipeline));
  if (!pipeline) {
    co_return std::unexpected(no_such_pipeline(move.pipeline));
  }
  std::string reason =
      move.stage == kStageFailed ? plain_text(shortened(std::move(move.reason))) : std::string();
  std::vector<Value> more{move.stage, move.from_stage, std::move(reason), boolean(move.operates),
                          boolean(move.create_missing)};
  co_return co_await run_call(database_, PoolKind::kData,
                              {.now = now(),
                               .pipeline = std::move(move.pipeline),
                               .worker = plain_text(std::move(move.worker)),
                               .documents = std::move(move.documents),
                               .from_stage = std::move(move.from_stage),
                               .held_only = false,
                               .operates = move.operates},
                              document_statements().move, std::move(more));
}

async::Task<Result<Outcome>> PostgresDocumentQueue::unreadable(std::string pipeline,
                                                               std::string worker,
                                                               DocumentLease document) {
  std::vector<DocumentLease> one;
  one.push_back(std::move(document));
  LAYER_CO_ASSIGN(const Outcomes outcomes,
                  co_await run_call(database_, PoolKind::kData,
                                    {.now = now(),
                                     .pipeline = std::move(pipeline),
                                     .worker = plain_text(std::move(worker)),
                                     .documents = std::move(one)},
                                    document_statements().unreadable,
                                    {kDocumentAttemptsMax, kUnreadableWait.count()}));
  co_return outcomes.at(0);
}

async::Task<Result<Reaped>> PostgresDocumentQueue::reap(std::size_t limit) {
  LAYER_CO_TRY(
      co_await ask(PoolKind::kControl, document_statements().forget_rates, {now(), kKeptMs}));
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kControl, document_statements().reap,
                                                    {now(), limit, kDocumentAttemptsMax}));
  co_return Reaped{.returned = static_cast<std::size_t>(answer.row(0).integer(0)),
                   .failed = static_cast<std::size_t>(answer.row(0).integer(1))};
}

async::Task<Result<std::optional<Document>>> PostgresDocumentQueue::document(std::string pipeline,
                                                                             std::string id) {
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kData, document_statements().document,
                                                    {now(), std::move(pipeline), stored_text(id)}));
  co_return answer.rows() == 0 ? std::nullopt : std::optional(read_document(answer.row(0)));
}

async::Task<Result<std::vector<Document>>> PostgresDocumentQueue::documents(std::string pipeline,
                                                                            DocumentFilter filter,
                                                                            std::string after,
                                                                            std::size_t limit) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(PoolKind::kData, document_statements().documents,
                               {now(), std::move(pipeline), std::move(filter.stage),
                                stored_text(filter.prefix), stored_text(after), limit}));
  std::vector<Document> all;
  for (int i = 0; i < answer.rows(); ++i) {
    all.push_back(read_document(answer.row(i)));
  }
  co_return all;
}

async::Task<Result<DocumentCounts>> PostgresDocumentQueue::counts(std::string pipeline) {
  std::vector<Statement> both;
  both.push_back({.sql = document_statements().counts, .values = {now(), pipeline}});
  both.push_back({.sql = document_statements().reasons, .values = {now(), pipeline}});
  LAYER_CO_ASSIGN(
      const auto answers,
      co_await database_.run(PoolKind::kControl, [both = std::move(both)](Connection& connection) {
        return connection.run(both);
      }));
  DocumentCounts counts;
  for (int i = 0; i < answers.at(0).rows(); ++i) {
    const Answer::Row row = answers[0].row(i);
    counts.stages.push_back({.stage = row.text(0),
                             .count = static_cast<std::uint64_t>(row.integer(1)),
                             .leased = static_cast<std::uint64_t>(row.integer(2)),
                             .oldest_ms = row.integer(3)});
  }
  for (int i = 0; i < answers.at(1).rows(); ++i) {
    const Answer::Row row = answers[1].row(i);
    counts.failed.push_back(
        {.reason = row.text(0), .count = static_cast<std::uint64_t>(row.integer(1))});
  }
  co_return counts;
}

async::Task<Result<std::vector<RateBucket>>> PostgresDocumentQueue::rates(std::string pipeline) {
  LAYER_CO_ASSIGN(const Answer answer, co_await ask(PoolKind::kControl, document_statements().rates,
                                                    {now(), std::move(pipeline), kKeptMs}));
  std::vector<RateBucket> all;
  for (int i = 0; i < answer.rows(); ++i) {
    const Answer::Row row = answer.row(i);
    all.push_back({.minute_ms = row.integer(0),
                   .completed = static_cast<std::uint64_t>(row.integer(1)),
                   .failed = static_cast<std::uint64_t>(row.integer(2))});
  }
  co_return all;
}

}  // namespace layer::queue
