// Compares every accessor of a segment with a naive computation from the rows it should hold. Test
// code only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/segment/builder.h"
#include "engine/segment/column_key.h"
#include "engine/segment/random_rows.h"
#include "engine/segment/row_codec.h"
#include "engine/segment/segment.h"
#include "engine/segment/structures.h"
#include "engine/text/analyzer.h"

namespace layer::engine::segment {

inline std::shared_ptr<const Segment> open_bytes(std::vector<std::byte> bytes) {
  auto segment = Segment::open(storage::memory_blob(std::move(bytes)));
  EXPECT_TRUE(segment.has_value()) << segment.error().message;
  return segment.value_or(nullptr);
}

// Scalars of one kind compare as the column orders them; -0 is 0.
using Scalar = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, wire::Uuid,
                            wire::Datetime>;

inline wire::Value value_of(const Scalar& scalar) {
  return std::visit([](const auto& held) { return wire::Value(held); }, scalar);
}

struct ScalarsOf {
  std::set<Scalar> operator()(const std::vector<std::uint8_t>& elements) const {
    std::set<Scalar> scalars;
    for (const std::uint8_t element : elements) {
      scalars.insert(element != 0);
    }
    return scalars;
  }
  template <class T>
  std::set<Scalar> operator()(const std::vector<T>& elements) const {
    return {elements.begin(), elements.end()};
  }
  template <class T>
  std::set<Scalar> operator()(const T& scalar) const {
    if constexpr (std::is_constructible_v<Scalar, T>) {
      return {Scalar(scalar)};
    }
    return {};
  }
};

inline void expect_column(const Segment& segment, AttrId attr, const std::vector<Row>& rows) {
  const Column* column = segment.column(attr);
  ASSERT_NE(column, nullptr);
  std::map<Scalar, std::vector<DocId>> documents;
  std::vector<DocId> present;
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    if (const wire::Value* value = rows[doc].find(attr)) {
      present.push_back(doc);
      for (const Scalar& scalar : std::visit(ScalarsOf{}, *value)) {
        documents[scalar].push_back(doc);
      }
    }
  }
  EXPECT_EQ(column->present().to_vector(), present);
  ASSERT_EQ(column->distinct(), documents.size());
  std::vector<std::vector<Ordinal>> ordinals(rows.size());
  Ordinal ordinal = 0;
  std::vector<DocId> all;
  for (const auto& [scalar, docs] : documents) {
    const wire::Value value = value_of(scalar);
    EXPECT_EQ(column->value(ordinal), value);
    EXPECT_EQ(column->lower_bound(value), ordinal);
    EXPECT_EQ(column->upper_bound(value), ordinal + 1);
    const auto found = column->documents(ordinal, ordinal + 1);
    EXPECT_EQ(std::vector<DocId>(found.begin(), found.end()), docs);
    if (const auto* text = std::get_if<std::string>(&value)) {
      EXPECT_EQ(column->string_at(ordinal), *text);
    } else if (const auto* number = std::get_if<double>(&value)) {
      EXPECT_EQ(column->number_at(ordinal), *number);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      EXPECT_EQ(column->number_at(ordinal), static_cast<double>(*integer));
    }
    for (const DocId doc : docs) {
      ordinals[doc].push_back(ordinal);
    }
    all.insert(all.end(), docs.begin(), docs.end());
    ++ordinal;
  }
  const auto grouped = column->documents(0, column->distinct());
  EXPECT_EQ(std::vector<DocId>(grouped.begin(), grouped.end()), all);
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    const auto found = column->ordinals(doc);
    EXPECT_EQ(std::vector<Ordinal>(found.begin(), found.end()), ordinals[doc]);
  }
}

inline void expect_text(const Segment& segment, AttrId attr, const std::vector<Row>& rows,
                        const wire::FullTextConfig& config) {
  const TextIndex* index = segment.text(attr);
  ASSERT_NE(index, nullptr);
  const auto analyzer = text::shared_analyzer(config);
  std::map<std::string, std::map<DocId, std::vector<std::uint32_t>>> terms;
  std::vector<std::uint32_t> lengths(rows.size(), 0);
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    const wire::Value* value = rows[doc].find(attr);
    std::vector<std::string> elements;
    if (value != nullptr && std::holds_alternative<std::string>(*value)) {
      elements.push_back(std::get<std::string>(*value));
    } else if (value != nullptr && std::holds_alternative<std::vector<std::string>>(*value)) {
      elements = std::get<std::vector<std::string>>(*value);
    }
    std::uint32_t position = 0;
    for (const std::string& element : elements) {
      text::TokenStream tokens;
      analyzer->analyze(element, tokens, position);
      position = tokens.next_position();
      for (const text::Token& token : tokens.tokens()) {
        terms[std::string(token.text)][doc].push_back(token.position);
        ++lengths[doc];
      }
    }
  }
  EXPECT_EQ(index->documents(), std::ranges::count_if(lengths, [](auto at) { return at > 0; }));
  std::uint64_t total = 0;
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    EXPECT_EQ(index->length(doc), lengths[doc]);
    EXPECT_EQ(index->lengths()[doc], lengths[doc]);
    total += lengths[doc];
  }
  EXPECT_EQ(index->total_tokens(), total);
  ASSERT_EQ(index->terms(), terms.size());
  EXPECT_FALSE(index->find("no such term").has_value());
  TermId id = 0;
  for (const auto& [term, postings] : terms) {
    SCOPED_TRACE(term);
    EXPECT_EQ(index->term(id), term);
    EXPECT_EQ(index->find(term), id);
    const auto [begin, end] = index->prefix_range(term);
    EXPECT_EQ(begin, id);
    EXPECT_EQ(end - begin, std::ranges::count_if(terms, [&](const auto& other) {
                return other.first.starts_with(term);
              }));
    EXPECT_EQ(index->document_frequency(id), postings.size());
    std::vector<DocId> docs;
    index->documents_of(id, docs);
    PostingCursor cursor = index->postings(id);
    ASSERT_EQ(docs.size(), postings.size());
    std::size_t i = 0;
    for (const auto& [doc, positions] : postings) {
      EXPECT_EQ(docs[i++], doc);
      EXPECT_EQ(cursor.doc(), doc);
      EXPECT_EQ(cursor.tf(), positions.size());
      cursor.next();
      std::vector<std::uint32_t> found;
      index->positions(id, doc, found);
      EXPECT_EQ(found, positions);
    }
    EXPECT_EQ(cursor.doc(), kEndOfPostings);
    ++id;
  }
}

inline void expect_sparse(const Segment& segment, AttrId attr, const std::vector<Row>& rows) {
  const SparseIndex* index = segment.sparse(attr);
  ASSERT_NE(index, nullptr);
  std::map<std::string, std::pair<std::vector<DocId>, std::vector<float>>> lists;
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    if (const wire::Value* value = rows[doc].find(attr)) {
      for (const auto& [dimension, weight] : std::get<wire::SparseVector>(*value).entries) {
        lists[dimension].first.push_back(doc);
        lists[dimension].second.push_back(weight);
      }
    }
  }
  EXPECT_FALSE(index->list("no such dimension").has_value());
  for (const auto& [dimension, list] : lists) {
    const auto found = index->list(dimension);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(std::vector<DocId>(found->docs.begin(), found->docs.end()), list.first);
    EXPECT_EQ(std::vector<float>(found->weights.begin(), found->weights.end()), list.second);
  }
}

inline void expect_ids(const Segment& segment, const std::vector<Row>& rows) {
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    EXPECT_EQ(segment.id(doc), rows[doc].id);
    EXPECT_EQ(segment.find(rows[doc].id), doc);
    EXPECT_EQ(segment.lower_bound(rows[doc].id), doc);
    EXPECT_EQ(segment.upper_bound(rows[doc].id), doc + 1);
  }
  Random random(1);
  for (int i = 0; i < 20 && !rows.empty(); ++i) {
    const wire::Id id = random_id(random, wire::type_of(rows[0].id), 1000);
    const auto before = std::ranges::count_if(rows, [&](const Row& row) { return row.id < id; });
    EXPECT_EQ(segment.lower_bound(id), before);
    EXPECT_EQ(segment.find(id).has_value(), segment.upper_bound(id) > segment.lower_bound(id));
  }
}

inline void expect_attribute(const Segment& segment, AttrId attr, const wire::Attribute& attribute,
                             const std::vector<Row>& rows) {
  std::vector<DocId> present;
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    if (rows[doc].find(attr) != nullptr) {
      present.push_back(doc);
    }
  }
  EXPECT_EQ(segment.documents_with(attr).value().to_vector(), present);
  if (wants_column(attribute)) {
    expect_column(segment, attr, rows);
  } else {
    EXPECT_EQ(segment.column(attr), nullptr);
  }
  if (wants_text(attribute)) {
    expect_text(segment, attr, rows, *attribute.full_text);
  } else {
    EXPECT_EQ(segment.text(attr), nullptr);
  }
  if (wants_sparse(attribute)) {
    expect_sparse(segment, attr, rows);
  } else {
    EXPECT_EQ(segment.sparse(attr), nullptr);
  }
  if (is_dense(attribute) && !rows.empty()) {
    ASSERT_NE(segment.vectors(attr), nullptr);
    EXPECT_EQ(segment.vectors(attr)->count, rows.size());
    EXPECT_EQ(segment.vectors(attr)->dims, attribute.type.dims);
  } else {
    EXPECT_EQ(segment.vectors(attr), nullptr);
  }
}

// `rows`: ascending by id.
inline void expect_rows(const Segment& segment, const wire::Schema& schema,
                        const std::vector<Row>& rows) {
  ASSERT_EQ(segment.size(), rows.size());
  EXPECT_EQ(segment.schema(), schema);
  expect_ids(segment, rows);
  std::uint64_t bytes = 0;
  std::vector<AttrId> odd;
  for (AttrId attr = 1; attr < schema.attributes().size(); attr += 2) {
    odd.push_back(attr);
  }
  Row row;
  for (DocId doc = 0; doc < rows.size(); ++doc) {
    bytes += logical_bytes(schema, rows[doc]);
    ASSERT_TRUE(segment.read_row(doc, std::nullopt, row).has_value());
    EXPECT_EQ(row.id, rows[doc].id);
    ASSERT_EQ(row.fields.size(), rows[doc].fields.size());
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      EXPECT_EQ(row.fields[i].attr, rows[doc].fields[i].attr);
      EXPECT_EQ(row.fields[i].value, rows[doc].fields[i].value);
    }
    ASSERT_TRUE(segment.read_row(doc, odd, row).has_value());
    const auto wanted = std::ranges::count_if(
        rows[doc].fields, [](const Field& field) { return field.attr % 2 == 1; });
    EXPECT_EQ(row.fields.size(), static_cast<std::size_t>(wanted));
    for (const Field& field : row.fields) {
      ASSERT_NE(rows[doc].find(field.attr), nullptr);
      EXPECT_EQ(field.value, *rows[doc].find(field.attr));
    }
  }
  EXPECT_EQ(segment.logical_bytes(), bytes);
  for (AttrId attr = 0; attr < schema.attributes().size(); ++attr) {
    SCOPED_TRACE(schema.at(attr).name);
    expect_attribute(segment, attr, schema.at(attr), rows);
  }
  EXPECT_EQ(segment.column(static_cast<AttrId>(schema.attributes().size())), nullptr);
}

}  // namespace layer::engine::segment
