// What workers and operators ask of a pipeline, read from JSON (section 3.20 of the contract).
// Thread safety: values, pure functions. Errors: kValidation, naming the member.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "queue/document_queue.h"

namespace layer::features::pipelines {

inline constexpr std::size_t kClaimMax = 1000;
inline constexpr std::chrono::seconds kLeaseDefault{900};
inline constexpr std::chrono::seconds kLeaseMin{5};
inline constexpr std::chrono::seconds kLeaseMax{7200};

// {"id","target_namespace","distance_metric"="cosine_distance"}
Result<queue::Pipeline> parse_pipeline(std::string_view body);

// {"stage","claim_stage","limit","worker_id","lease_seconds","document_id_prefix"}
Result<queue::ClaimDocuments> parse_claim(std::string_view body);

struct Heartbeat {
  std::vector<queue::DocumentLease> documents;
  std::string stage{queue::kStageEmbedding};
  std::string worker;
  std::chrono::seconds lease_for = kLeaseDefault;
};
// {"document_ids" or "items":[{"id","lease"}],"stage","worker_id","lease_seconds"}
Result<Heartbeat> parse_heartbeat(std::string_view body);

// {"document_ids" or "items","stage","from_stage","worker_id","reason","create_missing"}
Result<queue::MoveDocuments> parse_move(std::string_view body);

// Who writes rows of a document, and what is left of the body for the store.
struct RowsAsk {
  std::string worker{};
  std::uint64_t epoch = 0;  // 0: none was named
  std::string write{};      // without worker_id and lease
};
Result<RowsAsk> parse_rows(std::string_view body);

// A lease as callers see it: the epoch in decimal.
std::string print_lease(std::uint64_t epoch);

}  // namespace layer::features::pipelines
