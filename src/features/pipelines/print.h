// Answers about pipelines (section 3.20 of the contract). Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/pipelines/pipelines.h"
#include "json/writer.h"

namespace layer::features::pipelines {

void put_pipeline(json::Writer& out, const queue::Pipeline& pipeline);
std::string print_status(const Status& status);
std::string print_claim(const queue::ClaimDocuments& claim,
                        const std::vector<queue::ClaimedDocument>& claimed);
// {"pipeline_id","stage","updated","rejected":[{"id","reason","disposition"}]}
std::string print_outcomes(std::string_view pipeline, std::string_view stage,
                           const std::vector<queue::DocumentLease>& documents,
                           const queue::Outcomes& outcomes);
void put_document(json::Writer& out, const queue::Document& document);

}  // namespace layer::features::pipelines
