// Ids and stages of pipelines (rule PL1 of the contract). Thread safety: pure functions.
#pragma once

#include <string_view>

#include "core/error.h"

namespace layer::features::pipelines {

// Errors: kValidation, naming the member.
Result<void> check_pipeline_id(std::string_view id);  // [a-z0-9][a-z0-9-]{0,62}
Result<void> check_document_id(std::string_view id);  // 1 to 512 bytes of UTF-8
Result<void> check_stage(std::string_view member, std::string_view stage);  // [a-z0-9_-]{1,64}
Result<void> check_worker(std::string_view worker);                         // 1 to 256 bytes

}  // namespace layer::features::pipelines
