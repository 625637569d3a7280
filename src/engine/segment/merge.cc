#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "engine/segment/attribute_builder.h"
#include "engine/segment/builder.h"
#include "engine/segment/merge_order.h"
#include "engine/segment/meta.h"
#include "engine/segment/row_codec.h"
#include "engine/segment/row_store.h"
#include "engine/segment/stored_segment.h"
#include "engine/segment/structures.h"
#include "engine/segment/vector_index_writer.h"
#include "engine/segment/vector_store.h"

namespace layer::engine::segment {
namespace {

using storage::SectionWriter;

constexpr DocId kCancelInterval = 256;

class Merger {
 public:
  Merger(const wire::Schema& schema, std::vector<MergeInput> inputs, storage::SectionSink& sink,
         SectionWriter& out, const BuildOptions& options)
      : schema_(schema),
        inputs_(std::move(inputs)),
        sink_(sink),
        out_(out),
        options_(options),
        wanted_(inputs_.size()) {}

  Result<void> run() {
    LAYER_ASSIGN(order_, merge_order(inputs_));
    for (const MergeInput& input : inputs_) {
      if (input.segment->schema().attributes().size() > schema_.attributes().size()) {
        return fail(ErrorCode::kInternal, "a merged segment knows more attributes than the schema");
      }
    }
    const auto documents = static_cast<DocId>(order_.origins.size());
    for (AttrId attr = 0; attr < schema_.attributes().size(); ++attr) {
      builders_.emplace_back(attr, schema_.at(attr), documents);
      LAYER_TRY(take_indexes(attr));
    }
    LAYER_TRY(write_ids());
    LAYER_TRY(write_rows());
    for (AttrId attr = 0; attr < schema_.attributes().size(); ++attr) {
      LAYER_TRY(check_cancelled(0));
      LAYER_TRY(builders_[attr].write(out_));
      LAYER_TRY(write_vectors(attr));
    }
    return write_meta(out_, schema_, documents, id_type(), logical_bytes_);
  }

 private:
  // Values of one attribute that an input's indexes cannot give.
  struct Wanted {
    AttrId attr = 0;
    FromRows which;
  };

  Result<void> check_cancelled(std::size_t step) const {
    if (options_.cancelled && step % kCancelInterval == 0 && options_.cancelled()) {
      return fail(ErrorCode::kCancelled, "the merge of segments was cancelled");
    }
    return {};
  }

  wire::IdType id_type() const {
    return inputs_.empty() ? schema_.id_type.value_or(wire::IdType::kUint)
                           : inputs_.front().segment->ids().type();
  }

  // Feeds the builders from the inputs' indexes, and notes what must come from their rows because
  // an index was switched on or changed since.
  Result<void> take_indexes(AttrId attr) {
    const wire::Attribute& attribute = schema_.at(attr);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const StoredSegment& segment = *inputs_[i].segment;
      if (attr >= segment.schema().attributes().size()) {
        continue;  // the attribute is newer than the segment: no document has it
      }
      const wire::Attribute& old = segment.schema().at(attr);
      if (attribute.type != old.type && old.type.kind != wire::Kind::kUnknown) {
        return fail(ErrorCode::kInternal, "the type of an attribute changed between segments");
      }
      const DocMap map = order_.maps[i];
      AttributeBuilder& builder = builders_[attr];
      FromRows rest{.column = wants_column(attribute),
                    .text = wants_text(attribute),
                    .sparse = wants_sparse(attribute)};
      const DictionaryColumn* column = segment.column(attr);
      if (rest.column && column != nullptr) {
        if (!column->present().empty()) {
          builder.add(*column, map);
        }
        rest.column = false;
      }
      const StoredTextIndex* text = segment.text(attr);
      if (rest.text && text != nullptr && old.full_text->same_analysis(*attribute.full_text)) {
        if (text->documents() > 0) {
          builder.add(*text, map);
        }
        rest.text = false;
      }
      const StoredSparseIndex* sparse = segment.sparse(attr);
      if (rest.sparse && sparse != nullptr) {
        if (!sparse->present().empty()) {
          builder.add(*sparse, map);
        }
        rest.sparse = false;
      }
      if (rest.any()) {
        wanted_[i].push_back({.attr = attr, .which = rest});
      }
    }
    return {};
  }

  Result<void> write_ids() {
    IdWriter ids(id_type());
    ids.reserve(order_.origins.size());
    for (const Origin& origin : order_.origins) {
      ids.add(inputs_[origin.input].segment->ids(), origin.doc);
    }
    return ids.write(out_);
  }

  Result<void> write_rows() {
    RowWriter writer(out_, options_.compress_rows);
    LAYER_TRY(writer.begin());
    for (DocId doc = 0; doc < order_.origins.size(); ++doc) {
      LAYER_TRY(check_cancelled(doc));
      const Origin& origin = order_.origins[doc];
      LAYER_ASSIGN(const std::span<const std::byte> row,
                   inputs_[origin.input].segment->rows().row(origin.doc));
      ByteReader in(row);
      logical_bytes_ += decode_logical_bytes(in);
      if (!wanted_[origin.input].empty()) {
        LAYER_TRY(take_values(origin, row, doc));
      }
      LAYER_TRY(writer.add(row));
    }
    return writer.finish();
  }

  Result<void> take_values(const Origin& origin, std::span<const std::byte> row, DocId doc) {
    const std::vector<Wanted>& wanted = wanted_[origin.input];
    attributes_.clear();
    for (const Wanted& one : wanted) {
      attributes_.push_back(one.attr);
    }
    fields_.clear();
    ByteReader in(row);
    decode_row(in, schema_.attributes().size(), attributes_, fields_);
    if (!in.ok()) {
      return damaged(*inputs_[origin.input].segment->blob(), row, "a row cannot be read");
    }
    for (Field& field : fields_) {
      const auto one = std::ranges::lower_bound(wanted, field.attr, {}, &Wanted::attr);
      const bool views = one->which.column || one->which.sparse;  // until the attribute is written
      const wire::Value& value = views ? kept_.emplace_back(std::move(field.value)) : field.value;
      LAYER_TRY(builders_[field.attr].add(value, doc, one->which));
    }
    return {};
  }

  Result<void> write_vectors(AttrId attr) {
    const wire::AttributeType& type = schema_.at(attr).type;
    std::vector<const VectorStore*> stores;
    for (const MergeInput& input : inputs_) {
      stores.push_back(input.segment->vector_store(attr));
    }
    if (std::ranges::all_of(stores, [](const VectorStore* store) { return store == nullptr; })) {
      return {};
    }
    VectorWriter writer(out_, attr, type, static_cast<DocId>(order_.origins.size()));
    LAYER_TRY(writer.begin());
    for (DocId doc = 0; doc < order_.origins.size(); ++doc) {
      LAYER_TRY(check_cancelled(doc));
      const Origin& origin = order_.origins[doc];
      const VectorStore* store = stores[origin.input];
      if (store != nullptr && store->present.contains(origin.doc)) {
        LAYER_TRY(writer.add(doc, {store->view.at(origin.doc), vector_bytes(type)}));
      }
    }
    LAYER_ASSIGN(const WrittenVectors written, writer.finish());
    return write_vector_index(out_, sink_, schema_, attr, written, options_);
  }

  const wire::Schema& schema_;
  std::vector<MergeInput> inputs_;
  storage::SectionSink& sink_;
  SectionWriter& out_;
  const BuildOptions& options_;
  MergeOrder order_;
  std::vector<AttributeBuilder> builders_;
  std::vector<std::vector<Wanted>> wanted_;  // by input, ascending by attribute
  std::deque<wire::Value> kept_;             // values that builders view
  std::vector<AttrId> attributes_;
  std::vector<Field> fields_;
  std::uint64_t logical_bytes_ = 0;
};

}  // namespace

Result<void> merge(const wire::Schema& schema, std::span<const Source> sources,
                   storage::SectionSink& sink, const BuildOptions& options) {
  std::vector<MergeInput> inputs;
  for (const Source& source : sources) {
    const auto* stored = dynamic_cast<const StoredSegment*>(source.segment.get());
    if (stored == nullptr) {
      return fail(ErrorCode::kInternal, "only stored segments can be merged");
    }
    if (stored->size() > 0) {
      inputs.push_back({.segment = stored, .deleted = &source.deleted});
    }
  }
  SectionWriter out(sink);
  LAYER_TRY(Merger(schema, std::move(inputs), sink, out, options).run());
  return out.finish();
}

}  // namespace layer::engine::segment
