#include "engine/segment/vector_index_writer.h"

#include "engine/segment/structures.h"
#include "engine/vector/index.h"

namespace layer::engine::segment {

Result<void> write_vector_index(storage::SectionWriter& out, storage::SectionSink& sink,
                                const wire::Schema& schema, AttrId attr,
                                const WrittenVectors& vectors, const BuildOptions& options) {
  const wire::Attribute& attribute = schema.at(attr);
  if (!options.vector_index || !attribute.ann || !schema.distance_metric ||
      vectors.present.count() < kVectorIndexDocumentsMin) {
    return {};
  }
  if (options.cancelled && options.cancelled()) {
    return fail(ErrorCode::kCancelled, "the build of a vector index was cancelled");
  }
  LAYER_ASSIGN(const std::shared_ptr<const storage::Blob> written, sink.read_back());
  const vector::VectorView view{.data = written->bytes().data() + vectors.offset,
                                .count = vectors.present.universe(),
                                .dims = attribute.type.dims,
                                .element = attribute.type.element};
  LAYER_ASSIGN(const std::vector<std::byte> index,
               vector::build_index(view, *schema.distance_metric, vectors.present,
                                   {.threads = options.threads}));
  return out.add({.kind = storage::SectionKind::kVectorIndex, .attr = attr}, index);
}

}  // namespace layer::engine::segment
