// Documents of pipelines in SQLite: what happens to them, inside the writer's transaction.
// Thread safety and errors: as Database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/document_queue.h"
#include "queue/sqlite/database.h"

namespace layer::queue::sqlite {

Result<std::optional<Pipeline>> find_pipeline(Database& database, std::string_view id);

Result<bool> stage_document(Database& database, const StageDocument& document, std::int64_t now);
Result<std::vector<ClaimedDocument>> claim_documents(Database& database,
                                                     const ClaimDocuments& claim, std::int64_t now);
Result<Outcomes> extend_documents(Database& database, std::string_view pipeline,
                                  std::string_view stage, std::string_view worker,
                                  const std::vector<DocumentLease>& documents,
                                  std::int64_t lease_ms, std::int64_t now);
Result<Outcomes> move_documents(Database& database, const MoveDocuments& move, std::int64_t now);
Result<Outcome> document_unreadable(Database& database, std::string_view pipeline,
                                    std::string_view worker, const DocumentLease& document,
                                    std::int64_t now);
Result<Reaped> reap_documents(Database& database, std::size_t limit, std::int64_t now);

Result<std::optional<Document>> find_document(Database& database, std::string_view pipeline,
                                              std::string_view id);
Result<std::vector<Document>> list_documents(Database& database, std::string_view pipeline,
                                             const DocumentFilter& filter, std::string_view after,
                                             std::size_t limit);
Result<DocumentCounts> count_documents(Database& database, std::string_view pipeline);

}  // namespace layer::queue::sqlite
