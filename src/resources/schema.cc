#include "resources/schema.h"

#include <cstdlib>

#include "resources/kind_schemas.h"

namespace layer::resources {

const KindSchema& schema_of(Kind kind) {
  switch (kind) {
    case Kind::kVectorStore:
      return vector_store_schema();
    case Kind::kIndex:
      return index_schema();
    case Kind::kPipeline:
      return pipeline_schema();
    case Kind::kFunction:
      return function_schema();
    case Kind::kInfraRules:
      return infra_rules_schema();
    case Kind::kWarehouse:
      return warehouse_schema();
    case Kind::kApiKey:
      return api_key_schema();
  }
  std::abort();
}

bool is_below(std::string_view field_path, std::string_view prefix, std::string_view& name) {
  if (!prefix.empty()) {
    if (!field_path.starts_with(prefix) || field_path.size() <= prefix.size() ||
        field_path[prefix.size()] != '.') {
      return false;
    }
    field_path.remove_prefix(prefix.size() + 1);
  }
  name = field_path;
  return name.find_first_of(".[{") == std::string_view::npos;
}

}  // namespace layer::resources
