#include "features/documents/shape.h"

#include "core/text.h"

namespace layer::features::documents {

Result<Shape> Shape::make(const namespaces::StoreMetadata& metadata) {
  if (!metadata.id_type) {
    return fail(ErrorCode::kUpstream,
                "the store's metadata does not tell which kind of ids the namespace has");
  }
  Shape shape;
  shape.id_type_ = *metadata.id_type;
  std::string excluded;
  for (const namespaces::Column& column : metadata.columns) {
    switch (column.kind) {
      case namespaces::ColumnKind::kDenseVector:
      case namespaces::ColumnKind::kSparseVector:
      case namespaces::ColumnKind::kMultiVector:
        excluded += excluded.empty() ? "" : ",";
        core::append_json_string(excluded, column.name);
        shape.vectors_.insert(column.name);
        break;
      case namespaces::ColumnKind::kScalar:
      case namespaces::ColumnKind::kArray:
        shape.others_.insert(column.name);
        break;
    }
  }
  shape.projection_json_ = excluded.empty() ? R"("include_attributes":true)"
                                            : R"("exclude_attributes":[)" + excluded + "]";
  return shape;
}

}  // namespace layer::features::documents
