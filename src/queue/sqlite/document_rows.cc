#include "queue/sqlite/document_rows.h"

#include <utility>

#include "queue/document_rules.h"
#include "queue/sqlite/function_items.h"
#include "queue/sqlite/rates.h"
#include "queue/stored_text.h"

namespace layer::queue::sqlite {
namespace {

constexpr std::size_t kReapInline = 1000;  // leases that a claim takes back first

std::int64_t integer(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

// A document as a call that names it finds it.
struct Found {
  std::string stage;
  std::uint32_t attempts = 0;
  std::uint32_t unreadable = 0;
  std::string worker;
  std::uint64_t epoch = 0;
  std::int64_t leased_until = 0;
  std::string claimed_from;

  DocumentState state() const {
    return {.stage = stage,
            .lease = {.leased = leased_until > 0,
                      .claimable = leased_until == 0 && waits_in(stage),
                      .epoch = epoch,
                      .worker = worker,
                      .until_ms = leased_until}};
  }
};

Result<std::optional<Found>> find_row(Database& database, std::string_view pipeline,
                                      std::string_view id) {
  LAYER_ASSIGN(auto rows,
               database.query("SELECT stage, attempts, unreadable, worker, epoch, leased_until, "
                              "claimed_from FROM pipeline_documents "
                              "WHERE pipeline = ?1 AND id = ?2",
                              {pipeline, stored_text(id)}));
  LAYER_ASSIGN(const bool found, rows.next());
  if (!found) {
    return std::nullopt;
  }
  return Found{.stage = std::string(rows.text(0)),
               .attempts = static_cast<std::uint32_t>(rows.integer(1)),
               .unreadable = static_cast<std::uint32_t>(rows.integer(2)),
               .worker = std::string(rows.text(3)),
               .epoch = static_cast<std::uint64_t>(rows.integer(4)),
               .leased_until = rows.integer(5),
               .claimed_from = std::string(rows.text(6))};
}

// Where a document goes when its lease ends.
struct Target {
  std::string_view stage;
  std::string_view reason{};
  std::uint32_t attempts = 0;
  std::uint32_t unreadable = 0;
  std::int64_t held_until = 0;
};

Result<void> put(Database& database, std::string_view pipeline, std::string_view id,
                 const Target& target, std::int64_t now) {
  LAYER_TRY(database.run(
      "UPDATE pipeline_documents SET stage = ?3, reason = ?4, attempts = ?5, unreadable = ?6, "
      "held_until = ?7, updated_at = ?8, worker = '', leased_until = 0, claimed_from = '' "
      "WHERE pipeline = ?1 AND id = ?2",
      {pipeline, stored_text(id), target.stage, target.reason,
       static_cast<std::int64_t>(target.attempts), static_cast<std::int64_t>(target.unreadable),
       target.held_until, now}));
  return {};
}

Result<void> count_stage(Database& database, std::string_view pipeline, std::string_view stage,
                         std::uint64_t count, std::int64_t now) {
  return count_finished(database, RatesOf::kPipelines, pipeline, stage == kStageIndexed ? count : 0,
                        stage == kStageFailed ? count : 0, now);
}

Document read_document(const Rows& rows) {
  return {.id = original_text(rows.text(0)),
          .stage = std::string(rows.text(1)),
          .revision = static_cast<std::uint64_t>(rows.integer(2)),
          .chunks = static_cast<std::uint64_t>(rows.integer(3)),
          .attempts = static_cast<std::uint32_t>(rows.integer(4)),
          .reason = std::string(rows.text(5)),
          .worker = std::string(rows.text(6)),
          .epoch = static_cast<std::uint64_t>(rows.integer(7)),
          .until_ms = rows.integer(8),
          .updated_at_ms = rows.integer(9)};
}

Result<bool> works(Database& database, std::string_view pipeline) {
  LAYER_ASSIGN(const auto found, find_pipeline(database, pipeline));
  return found && !found->paused;
}

Result<void> insert_document(Database& database, const StageDocument& document, std::int64_t now) {
  LAYER_TRY(database.run(
      "INSERT INTO pipeline_documents (pipeline, id, stage, revision, chunks, updated_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      {document.pipeline, stored_text(document.id), document.stage, integer(document.revision),
       integer(document.chunks), now}));
  return {};
}

}  // namespace

Result<std::optional<Pipeline>> find_pipeline(Database& database, std::string_view id) {
  LAYER_ASSIGN(auto rows, database.query("SELECT id, target_namespace, distance_metric, paused, "
                                         "created_at FROM pipelines WHERE id = ?1",
                                         {id}));
  LAYER_ASSIGN(const bool found, rows.next());
  if (!found) {
    return std::nullopt;
  }
  return Pipeline{.id = std::string(rows.text(0)),
                  .target_namespace = std::string(rows.text(1)),
                  .distance_metric = std::string(rows.text(2)),
                  .paused = rows.integer(3) != 0,
                  .created_at_ms = rows.integer(4)};
}

Result<bool> stage_document(Database& database, const StageDocument& document, std::int64_t now) {
  LAYER_ASSIGN(const auto pipeline, find_pipeline(database, document.pipeline));
  if (!pipeline) {
    return std::unexpected(no_such_pipeline(document.pipeline));
  }
  LAYER_ASSIGN(const auto known, find_row(database, document.pipeline, document.id));
  if (!known) {
    LAYER_TRY(insert_document(database, document, now));
    return true;
  }
  LAYER_ASSIGN(const std::int64_t changed,
               database.run("UPDATE pipeline_documents SET stage = ?3, revision = ?4, chunks = ?5, "
                            "attempts = 0, unreadable = 0, reason = '', worker = '', "
                            "leased_until = 0, claimed_from = '', held_until = 0, updated_at = ?6 "
                            "WHERE pipeline = ?1 AND id = ?2 AND revision < ?4",
                            {document.pipeline, stored_text(document.id), document.stage,
                             integer(document.revision), integer(document.chunks), now}));
  return changed > 0;
}

Result<std::vector<ClaimedDocument>> claim_documents(Database& database,
                                                     const ClaimDocuments& claim,
                                                     std::int64_t now) {
  LAYER_ASSIGN(const auto pipeline, find_pipeline(database, claim.pipeline));
  if (!pipeline) {
    return std::unexpected(no_such_pipeline(claim.pipeline));
  }
  std::vector<ClaimedDocument> claimed;
  if (pipeline->paused) {
    return claimed;
  }
  LAYER_TRY(reap_documents(database, kReapInline, now));
  {
    LAYER_ASSIGN(auto rows,
                 database.query("SELECT id, attempts, revision, updated_at FROM pipeline_documents "
                                "WHERE pipeline = ?1 AND stage = ?2 AND leased_until = 0 "
                                "AND held_until <= ?3 AND substr(id, 1, length(?4)) = ?4 "
                                "ORDER BY updated_at LIMIT ?5",
                                {claim.pipeline, claim.stage, now, stored_text(claim.prefix),
                                 integer(claim.limit)}));
    while (true) {
      LAYER_ASSIGN(const bool more, rows.next());
      if (!more) {
        break;
      }
      claimed.push_back({.id = original_text(rows.text(0)),
                         .attempts = static_cast<std::uint32_t>(rows.integer(1)),
                         .revision = static_cast<std::uint64_t>(rows.integer(2)),
                         .waited_since_ms = rows.integer(3)});
    }
  }
  if (claimed.empty()) {
    return claimed;
  }
  LAYER_ASSIGN(const std::uint64_t epoch, next_epoch(database));
  for (ClaimedDocument& each : claimed) {
    each.epoch = epoch;
    LAYER_TRY(database.run(
        "UPDATE pipeline_documents SET stage = ?3, worker = ?4, epoch = ?5, leased_until = ?6, "
        "claimed_from = ?7, updated_at = ?8 WHERE pipeline = ?1 AND id = ?2",
        {claim.pipeline, stored_text(each.id), claim.claim_stage, claim.worker, integer(epoch),
         now + claim.lease_for.count(), claim.stage, now}));
  }
  return claimed;
}

Result<Outcomes> extend_documents(Database& database, std::string_view pipeline,
                                  std::string_view stage, std::string_view worker,
                                  const std::vector<DocumentLease>& documents,
                                  std::int64_t lease_ms, std::int64_t now) {
  LAYER_ASSIGN(const bool working, works(database, pipeline));
  const DocumentClaim claim{.worker = worker, .from_stage = stage, .held_only = true};
  Outcomes outcomes;
  for (const DocumentLease& each : documents) {
    LAYER_ASSIGN(const auto found, find_row(database, pipeline, each.id));
    const auto state = found ? std::optional(found->state()) : std::nullopt;
    outcomes.push_back(judge(state, each.epoch, claim, now, working));
    if (!outcomes.back()) {
      LAYER_TRY(database.run(
          "UPDATE pipeline_documents SET leased_until = ?3 WHERE pipeline = ?1 AND id = ?2",
          {pipeline, stored_text(each.id), now + lease_ms}));
    }
  }
  return outcomes;
}

Result<Outcomes> move_documents(Database& database, const MoveDocuments& move, std::int64_t now) {
  LAYER_ASSIGN(const auto pipeline, find_pipeline(database, move.pipeline));
  if (!pipeline) {
    return std::unexpected(no_such_pipeline(move.pipeline));
  }
  const DocumentClaim claim{
      .worker = move.worker, .from_stage = move.from_stage, .operates = move.operates};
  const std::string_view reason = move.stage == kStageFailed ? move.reason : std::string_view();
  Outcomes outcomes;
  std::uint64_t moved = 0;
  for (const DocumentLease& each : move.documents) {
    LAYER_ASSIGN(const auto found, find_row(database, move.pipeline, each.id));
    if (!found && move.create_missing && each.epoch == 0) {
      LAYER_TRY(insert_document(
          database, {.pipeline = move.pipeline, .id = each.id, .stage = move.stage, .revision = 0},
          now));
      LAYER_TRY(
          put(database, move.pipeline, each.id, {.stage = move.stage, .reason = reason}, now));
      outcomes.emplace_back();
      ++moved;
      continue;
    }
    const auto state = found ? std::optional(found->state()) : std::nullopt;
    outcomes.push_back(judge(state, each.epoch, claim, now, !pipeline->paused));
    if (!outcomes.back()) {
      const bool keeps = keeps_attempts(move.stage, found->claimed_from);
      LAYER_TRY(put(database, move.pipeline, each.id,
                    {.stage = move.stage,
                     .reason = reason,
                     .attempts = keeps ? found->attempts : 0,
                     .unreadable = keeps ? found->unreadable : 0},
                    now));
      ++moved;
    }
  }
  LAYER_TRY(count_stage(database, move.pipeline, move.stage, moved, now));
  return outcomes;
}

Result<Outcome> document_unreadable(Database& database, std::string_view pipeline,
                                    std::string_view worker, const DocumentLease& document,
                                    std::int64_t now) {
  LAYER_ASSIGN(const bool working, works(database, pipeline));
  LAYER_ASSIGN(const auto found, find_row(database, pipeline, document.id));
  const auto state = found ? std::optional(found->state()) : std::nullopt;
  const Outcome refused =
      judge(state, document.epoch, {.worker = worker, .held_only = true}, now, working);
  if (refused) {
    return refused;
  }
  Target target{.stage = found->claimed_from,
                .attempts = found->attempts,
                .unreadable = found->unreadable + 1,
                .held_until = now + kUnreadableWait.count()};
  if (target.unreadable >= kDocumentAttemptsMax) {
    target.stage = kStageFailed;
    target.reason = kReasonUnreadable;
    target.held_until = 0;
  }
  LAYER_TRY(put(database, pipeline, document.id, target, now));
  LAYER_TRY(count_stage(database, pipeline, target.stage, 1, now));
  return Outcome{};
}

Result<Reaped> reap_documents(Database& database, std::size_t limit, std::int64_t now) {
  struct Expired {
    std::string pipeline;
    std::string id;
    std::string claimed_from;
    std::uint32_t attempts;
    std::uint32_t unreadable;
  };
  std::vector<Expired> expired;
  {
    LAYER_ASSIGN(auto rows,
                 database.query("SELECT pipeline, id, claimed_from, attempts, unreadable "
                                "FROM pipeline_documents "
                                "WHERE leased_until > 0 AND leased_until <= ?1 LIMIT ?2",
                                {now, integer(limit)}));
    while (true) {
      LAYER_ASSIGN(const bool more, rows.next());
      if (!more) {
        break;
      }
      expired.push_back({.pipeline = std::string(rows.text(0)),
                         .id = original_text(rows.text(1)),
                         .claimed_from = std::string(rows.text(2)),
                         .attempts = static_cast<std::uint32_t>(rows.integer(3)) + 1,
                         .unreadable = static_cast<std::uint32_t>(rows.integer(4))});
    }
  }
  Reaped reaped;
  for (const Expired& each : expired) {
    Target target{
        .stage = each.claimed_from, .attempts = each.attempts, .unreadable = each.unreadable};
    if (each.attempts >= kDocumentAttemptsMax) {
      target.stage = kStageFailed;
      target.reason = kReasonLeaseExpired;
      ++reaped.failed;
    } else {
      ++reaped.returned;
    }
    LAYER_TRY(put(database, each.pipeline, each.id, target, now));
    LAYER_TRY(count_stage(database, each.pipeline, target.stage, 1, now));
  }
  return reaped;
}

Result<std::optional<Document>> find_document(Database& database, std::string_view pipeline,
                                              std::string_view id) {
  LAYER_ASSIGN(auto rows,
               database.query("SELECT id, stage, revision, chunks, attempts, reason, worker, "
                              "epoch, leased_until, updated_at FROM pipeline_documents "
                              "WHERE pipeline = ?1 AND id = ?2",
                              {pipeline, stored_text(id)}));
  LAYER_ASSIGN(const bool found, rows.next());
  return found ? std::optional(read_document(rows)) : std::nullopt;
}

Result<std::vector<Document>> list_documents(Database& database, std::string_view pipeline,
                                             const DocumentFilter& filter, std::string_view after,
                                             std::size_t limit) {
  LAYER_ASSIGN(auto rows,
               database.query("SELECT id, stage, revision, chunks, attempts, reason, worker, "
                              "epoch, leased_until, updated_at FROM pipeline_documents "
                              "WHERE pipeline = ?1 AND (?2 = '' OR stage = ?2) "
                              "AND substr(id, 1, length(?3)) = ?3 AND id >= ?3 AND id > ?4 "
                              "ORDER BY id LIMIT ?5",
                              {pipeline, filter.stage, stored_text(filter.prefix),
                               stored_text(after), integer(limit)}));
  std::vector<Document> all;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return all;
    }
    all.push_back(read_document(rows));
  }
}

Result<DocumentCounts> count_documents(Database& database, std::string_view pipeline) {
  DocumentCounts counts;
  {
    LAYER_ASSIGN(auto rows,
                 database.query("SELECT stage, count(*), sum(leased_until > 0), min(updated_at) "
                                "FROM pipeline_documents WHERE pipeline = ?1 GROUP BY stage "
                                "ORDER BY stage",
                                {pipeline}));
    while (true) {
      LAYER_ASSIGN(const bool more, rows.next());
      if (!more) {
        break;
      }
      counts.stages.push_back({.stage = std::string(rows.text(0)),
                               .count = static_cast<std::uint64_t>(rows.integer(1)),
                               .leased = static_cast<std::uint64_t>(rows.integer(2)),
                               .oldest_ms = rows.integer(3)});
    }
  }
  LAYER_ASSIGN(auto rows, database.query("SELECT reason, count(*) FROM pipeline_documents "
                                         "WHERE pipeline = ?1 AND stage = 'failed' "
                                         "GROUP BY reason ORDER BY reason",
                                         {pipeline}));
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return counts;
    }
    counts.failed.push_back({.reason = std::string(rows.text(0)),
                             .count = static_cast<std::uint64_t>(rows.integer(1))});
  }
}

}  // namespace layer::queue::sqlite
