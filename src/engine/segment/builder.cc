#include "engine/segment/builder.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <variant>

#include "engine/segment/attribute_builder.h"
#include "engine/segment/id_index.h"
#include "engine/segment/meta.h"
#include "engine/segment/row_codec.h"
#include "engine/segment/row_store.h"
#include "engine/segment/structures.h"
#include "engine/segment/vector_index_writer.h"
#include "engine/segment/vector_store.h"

namespace layer::engine::segment {
namespace {

using storage::SectionWriter;

// How many documents pass between two looks at BuildOptions::cancelled.
constexpr DocId kCancelInterval = 256;

Result<void> check_cancelled(const BuildOptions& options, DocId doc) {
  if (options.cancelled && doc % kCancelInterval == 0 && options.cancelled()) {
    return fail(ErrorCode::kCancelled, "the build of a segment was cancelled");
  }
  return {};
}

Result<void> check_row(const wire::Schema& schema, const Row& row) {
  std::uint64_t next = 0;
  for (const Field& field : row.fields) {
    if (field.attr < next || field.attr >= schema.attributes().size()) {
      return fail(ErrorCode::kInternal,
                  fmt::format("attribute {} of row {} is unknown or out of order", field.attr,
                              wire::to_string(row.id)));
    }
    next = std::uint64_t{field.attr} + 1;
  }
  return {};
}

Result<std::uint64_t> write_rows(SectionWriter& out, const wire::Schema& schema,
                                 std::span<const Row> rows, const BuildOptions& options) {
  RowWriter writer(out, options.compress_rows);
  LAYER_TRY(writer.begin());
  std::uint64_t total = 0;
  ByteWriter encoded;
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    LAYER_TRY(check_cancelled(options, doc));
    LAYER_TRY(check_row(schema, rows[doc]));
    const std::uint64_t logical = logical_bytes(schema, rows[doc]);
    total += logical;
    encoded.clear();
    encode_row(rows[doc], logical, encoded);
    LAYER_TRY(writer.add(encoded.bytes()));
  }
  LAYER_TRY(writer.finish());
  return total;
}

Result<void> write_vectors(SectionWriter& out, storage::SectionSink& sink,
                           const wire::Schema& schema, AttrId attr, std::span<const Row> rows,
                           const BuildOptions& options) {
  std::optional<VectorWriter> writer;
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    const wire::Value* value = rows[doc].find(attr);
    const auto* vector = value == nullptr ? nullptr : std::get_if<wire::DenseVector>(value);
    if (vector == nullptr) {
      continue;
    }
    if (!writer) {
      writer.emplace(out, attr, schema.at(attr).type, static_cast<DocId>(rows.size()));
      LAYER_TRY(writer->begin());
    }
    LAYER_TRY(writer->add(doc, *vector));
  }
  if (!writer) {
    return {};
  }
  LAYER_ASSIGN(const WrittenVectors written, writer->finish());
  return write_vector_index(out, sink, schema, attr, written, options);
}

Result<void> write_structures(SectionWriter& out, storage::SectionSink& sink,
                              const wire::Schema& schema, std::span<const Row> rows,
                              const BuildOptions& options) {
  const auto documents = static_cast<DocId>(rows.size());
  std::vector<std::optional<AttributeBuilder>> builders(schema.attributes().size());
  for (DocId doc = 0; doc < documents; ++doc) {
    LAYER_TRY(check_cancelled(options, doc));
    for (const Field& field : rows[doc].fields) {
      std::optional<AttributeBuilder>& builder = builders[field.attr];
      if (!builder) {
        builder.emplace(field.attr, schema.at(field.attr), documents);
      }
      LAYER_TRY(builder->add(field.value, doc));
    }
  }
  for (AttrId attr = 0; attr < builders.size(); ++attr) {
    if (!builders[attr]) {
      continue;
    }
    LAYER_TRY(builders[attr]->write(out));
    if (is_dense(schema.at(attr))) {
      LAYER_TRY(write_vectors(out, sink, schema, attr, rows, options));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::byte>> build_from_rows(const wire::Schema& schema,
                                               std::span<const Row> rows,
                                               const BuildOptions& options) {
  if (rows.size() > kDocumentsMax) {
    return fail(ErrorCode::kInternal, "too many rows for one segment");
  }
  storage::MemorySink sink;
  SectionWriter out(sink);
  const wire::IdType id_type =
      rows.empty() ? schema.id_type.value_or(wire::IdType::kUint) : wire::type_of(rows[0].id);
  IdWriter ids(id_type);
  ids.reserve(rows.size());
  for (const Row& row : rows) {
    if (!ids.add(row.id)) {
      return fail(ErrorCode::kInternal, "the rows of a segment are not in the order of their ids");
    }
  }
  LAYER_TRY(ids.write(out));
  LAYER_ASSIGN(const std::uint64_t logical, write_rows(out, schema, rows, options));
  LAYER_TRY(write_structures(out, sink, schema, rows, options));
  LAYER_TRY(write_meta(out, schema, static_cast<DocId>(rows.size()), id_type, logical));
  LAYER_TRY(out.finish());
  return sink.take();
}

}  // namespace layer::engine::segment
