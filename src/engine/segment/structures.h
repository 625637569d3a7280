// Which structures a schema asks for: the one place where a segment's writer, reader and merge
// agree on it.
#pragma once

#include "engine/segment/column_key.h"
#include "wire/schema.h"

namespace layer::engine::segment {

inline bool wants_column(const wire::Attribute& attribute) {
  return (attribute.filterable || attribute.glob || attribute.regex || attribute.fuzzy) &&
         layout_of(attribute.type.kind).has_value();
}
inline bool wants_text(const wire::Attribute& attribute) {
  return attribute.full_text.has_value();
}
inline bool wants_sparse(const wire::Attribute& attribute) {
  return attribute.type.kind == wire::Kind::kSparse && attribute.sparse_knn;
}
inline bool is_dense(const wire::Attribute& attribute) {
  return attribute.type.kind == wire::Kind::kDense;
}
inline std::size_t vector_bytes(const wire::AttributeType& type) {
  return std::size_t{type.dims} * wire::element_bytes(type.element);
}

}  // namespace layer::engine::segment
