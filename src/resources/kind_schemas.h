// One function a kind; each lives in the kind_*.cc of its name. Thread safety: constants.
#pragma once

#include "resources/schema.h"

namespace layer::resources {

const KindSchema& vector_store_schema();
const KindSchema& index_schema();
const KindSchema& pipeline_schema();
const KindSchema& function_schema();
const KindSchema& infra_rules_schema();
const KindSchema& warehouse_schema();
const KindSchema& api_key_schema();

}  // namespace layer::resources
