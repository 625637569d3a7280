#include "queue/sqlite/sqlite_document_queue.h"

#include <utility>

#include "queue/document_rules.h"
#include "queue/sqlite/document_rows.h"
#include "queue/sqlite/rates.h"

namespace layer::queue {
namespace {

using std::chrono::milliseconds;

Result<std::optional<Pipeline>> create_pipeline(Database& database, Pipeline pipeline) {
  LAYER_ASSIGN(const auto known, sqlite::find_pipeline(database, pipeline.id));
  if (known) {
    return std::nullopt;
  }
  {
    LAYER_ASSIGN(auto rows, database.query("SELECT count(*) FROM pipelines"));
    LAYER_TRY(rows.next());
    if (std::cmp_greater_equal(rows.integer(0), kPipelinesMax)) {
      return std::unexpected(too_many_pipelines());
    }
  }
  LAYER_TRY(database.run(
      "INSERT INTO pipelines (id, target_namespace, distance_metric, paused, created_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5)",
      {pipeline.id, pipeline.target_namespace, pipeline.distance_metric,
       static_cast<std::int64_t>(pipeline.paused), pipeline.created_at_ms}));
  return pipeline;
}

Result<std::vector<Pipeline>> list_pipelines(Database& database) {
  std::vector<std::string> ids;
  {
    LAYER_ASSIGN(auto rows, database.query("SELECT id FROM pipelines ORDER BY id"));
    while (true) {
      LAYER_ASSIGN(const bool more, rows.next());
      if (!more) {
        break;
      }
      ids.emplace_back(rows.text(0));
    }
  }
  std::vector<Pipeline> all;
  for (const std::string& id : ids) {
    LAYER_ASSIGN(auto pipeline, sqlite::find_pipeline(database, id));
    all.push_back(std::move(*pipeline));
  }
  return all;
}

}  // namespace

async::Task<Result<std::optional<Pipeline>>> SqliteDocumentQueue::create(Pipeline pipeline) {
  pipeline.created_at_ms = clock_.wall_ms();
  co_return co_await writer_.run([pipeline = std::move(pipeline)](Database& database) {
    return create_pipeline(database, pipeline);
  });
}

async::Task<Result<std::optional<Pipeline>>> SqliteDocumentQueue::find(std::string id) {
  co_return co_await writer_.run(
      [id = std::move(id)](Database& database) { return sqlite::find_pipeline(database, id); });
}

async::Task<Result<std::vector<Pipeline>>> SqliteDocumentQueue::pipelines() {
  co_return co_await writer_.run([](Database& database) { return list_pipelines(database); });
}

async::Task<Result<bool>> SqliteDocumentQueue::remove(std::string id) {
  co_return co_await writer_.run([id = std::move(id)](Database& database) -> Result<bool> {
    LAYER_TRY(database.run("DELETE FROM pipeline_documents WHERE pipeline = ?1", {id}));
    LAYER_TRY(database.run("DELETE FROM pipeline_counters WHERE pipeline = ?1", {id}));
    LAYER_ASSIGN(const std::int64_t changed,
                 database.run("DELETE FROM pipelines WHERE id = ?1", {id}));
    return changed > 0;
  });
}

async::Task<Result<std::optional<Pipeline>>> SqliteDocumentQueue::pause(std::string id,
                                                                        bool paused) {
  co_return co_await writer_.run(
      [id = std::move(id), paused](Database& database) -> Result<std::optional<Pipeline>> {
        LAYER_TRY(database.run("UPDATE pipelines SET paused = ?2 WHERE id = ?1",
                               {id, static_cast<std::int64_t>(paused)}));
        return sqlite::find_pipeline(database, id);
      });
}

async::Task<Result<bool>> SqliteDocumentQueue::stage(StageDocument document) {
  LAYER_CO_TRY(check_document(document.id, document.stage));
  co_return co_await writer_.run(
      [document = std::move(document), now = clock_.wall_ms()](Database& database) {
        return sqlite::stage_document(database, document, now);
      });
}

async::Task<Result<std::vector<ClaimedDocument>>> SqliteDocumentQueue::claim(ClaimDocuments claim) {
  LAYER_CO_TRY(check_batch(claim.limit));
  LAYER_CO_TRY(check_worker(claim.worker));
  LAYER_CO_TRY(check_stage(claim.stage));
  LAYER_CO_TRY(check_stage(claim.claim_stage));
  co_return co_await writer_.run(
      [claim = std::move(claim), now = clock_.wall_ms()](Database& database) {
        return sqlite::claim_documents(database, claim, now);
      });
}

async::Task<Result<Outcomes>> SqliteDocumentQueue::extend(std::string pipeline, std::string stage,
                                                          std::string worker,
                                                          std::vector<DocumentLease> documents,
                                                          milliseconds lease_for) {
  LAYER_CO_TRY(check_batch(documents.size()));
  co_return co_await writer_.run([pipeline = std::move(pipeline), stage = std::move(stage),
                                  worker = std::move(worker), documents = std::move(documents),
                                  lease_for, now = clock_.wall_ms()](Database& database) {
    return sqlite::extend_documents(database, pipeline, stage, worker, documents, lease_for.count(),
                                    now);
  });
}

async::Task<Result<Outcomes>> SqliteDocumentQueue::move(MoveDocuments move) {
  LAYER_CO_TRY(check_batch(move.documents.size()));
  for (const DocumentLease& each : move.documents) {
    LAYER_CO_TRY(check_document(each.id, move.stage));
  }
  move.reason = shortened(std::move(move.reason));
  co_return co_await writer_.run(
      [move = std::move(move), now = clock_.wall_ms()](Database& database) {
        return sqlite::move_documents(database, move, now);
      });
}

async::Task<Result<Outcome>> SqliteDocumentQueue::unreadable(std::string pipeline,
                                                             std::string worker,
                                                             DocumentLease document) {
  co_return co_await writer_.run([pipeline = std::move(pipeline), worker = std::move(worker),
                                  document = std::move(document),
                                  now = clock_.wall_ms()](Database& database) {
    return sqlite::document_unreadable(database, pipeline, worker, document, now);
  });
}

async::Task<Result<Reaped>> SqliteDocumentQueue::reap(std::size_t limit) {
  co_return co_await writer_.run(
      [limit, now = clock_.wall_ms()](Database& database) -> Result<Reaped> {
        LAYER_TRY(sqlite::forget_rates(database, sqlite::RatesOf::kPipelines, now));
        return sqlite::reap_documents(database, limit, now);
      });
}

async::Task<Result<std::optional<Document>>> SqliteDocumentQueue::document(std::string pipeline,
                                                                           std::string id) {
  co_return co_await writer_.run(
      [pipeline = std::move(pipeline), id = std::move(id)](Database& database) {
        return sqlite::find_document(database, pipeline, id);
      });
}

async::Task<Result<std::vector<Document>>> SqliteDocumentQueue::documents(std::string pipeline,
                                                                          DocumentFilter filter,
                                                                          std::string after,
                                                                          std::size_t limit) {
  co_return co_await writer_.run([pipeline = std::move(pipeline), filter = std::move(filter),
                                  after = std::move(after), limit](Database& database) {
    return sqlite::list_documents(database, pipeline, filter, after, limit);
  });
}

async::Task<Result<DocumentCounts>> SqliteDocumentQueue::counts(std::string pipeline) {
  co_return co_await writer_.run([pipeline = std::move(pipeline)](Database& database) {
    return sqlite::count_documents(database, pipeline);
  });
}

async::Task<Result<std::vector<RateBucket>>> SqliteDocumentQueue::rates(std::string pipeline) {
  co_return co_await writer_.run(
      [pipeline = std::move(pipeline), now = clock_.wall_ms()](Database& database) {
        return sqlite::read_rates(database, sqlite::RatesOf::kPipelines, pipeline, now);
      });
}

}  // namespace layer::queue
