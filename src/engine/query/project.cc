#include "engine/query/project.h"

#include <algorithm>

#include "engine/query/errors.h"

namespace layer::engine::query {
namespace {

Result<std::vector<bool>> shown_attributes(const wire::Schema& schema,
                                           const wire::Projection& projection) {
  using Mode = wire::Projection::Mode;
  const bool otherwise = projection.mode == Mode::kAll || projection.mode == Mode::kExclude;
  std::vector<bool> shown(schema.attributes().size());
  for (AttrId attr = 0; attr < shown.size(); ++attr) {
    shown[attr] = otherwise && !schema.at(attr).dropped();
  }
  for (const std::string& name : projection.names) {
    if (name == "id") {
      continue;  // always there, never excluded
    }
    const auto attr = schema.find(name);
    if (attr) {
      shown[*attr] = projection.mode == Mode::kInclude;
    } else if (projection.mode == Mode::kInclude) {
      return refuse("attribute \"" + name +
                    "\" not found in schema, cannot be part of `include_attributes`. consider "
                    "passing `include_attributes=True` to return all attribute data instead");
    }
  }
  return shown;
}

}  // namespace

Result<Projector> Projector::bind(const wire::Schema& schema, const wire::SubQuery& query) {
  Projector projector;
  LAYER_ASSIGN(projector.shown_, shown_attributes(schema, query.projection));
  LAYER_ASSIGN(projector.computed_, bind_computed(schema, query));
  std::vector<bool> fetched = projector.shown_;
  for (const auto& computed : projector.computed_) {
    if (const auto attr = computed->reads()) {
      fetched[*attr] = true;
    }
  }
  for (AttrId attr = 0; attr < fetched.size(); ++attr) {
    if (fetched[attr]) {
      projector.fetched_.push_back(attr);
    }
  }
  return projector;
}

Result<wire::Rows> Projector::read(const Snapshot& snapshot, std::span<const Hit> hits,
                                   bool has_dist) const {
  wire::Rows rows;
  rows.reserve(hits.size());
  Row buffer;
  for (const Hit& hit : hits) {
    LAYER_ASSIGN(wire::OutputRow row, read_row(snapshot, hit, buffer));
    if (has_dist) {
      row.dist = hit.score;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<wire::OutputRow> Projector::read_row(const Snapshot& snapshot, const Hit& hit,
                                            Row& buffer) const {
  const segment::Segment& segment = *snapshot.segments[hit.segment].segment;
  wire::OutputRow out{.id = segment.id(hit.doc), .dist = std::nullopt, .fields = {}};
  buffer.fields.clear();
  if (!fetched_.empty()) {
    LAYER_TRY(segment.read_row(hit.doc, std::span<const AttrId>(fetched_), buffer));
  }
  std::vector<wire::OutputField> computed;
  for (const auto& attribute : computed_) {
    if (auto field = attribute->compute(segment, hit.doc, buffer)) {
      computed.push_back(std::move(*field));
    }
  }
  for (Field& field : buffer.fields) {
    if (field.attr >= shown_.size() || !shown_[field.attr] || wire::is_null(field.value)) {
      continue;
    }
    const wire::Attribute& attribute = snapshot.schema->at(field.attr);
    out.fields.push_back({.name = attribute.name,
                          .value = std::move(field.value),
                          .element = attribute.type.element});
  }
  std::ranges::move(computed, std::back_inserter(out.fields));
  return out;
}

}  // namespace layer::engine::query
