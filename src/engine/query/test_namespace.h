// A namespace in memory for tests of queries: rows as JSON in, snapshots of several segments with
// tombstones out, answers as the clients see them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/crew.h"
#include "engine/query/execute.h"
#include "engine/segment/builder.h"
#include "engine/storage/file_system.h"
#include "json/document.h"
#include "wire/print.h"
#include "wire/query.h"
#include "wire/schema_merge.h"
#include "wire/typing.h"
#include "wire/write.h"

namespace layer::engine::query {

class TestNamespace {
 public:
  explicit TestNamespace(const std::string& schema = "{}",
                         std::optional<wire::DistanceMetric> metric = std::nullopt)
      : metric_(metric) {
    declare(schema);
  }

  // Merges declarations, as POST /schema does; segments keep the schema they were built with.
  void declare(const std::string& schema) {
    auto document = json::Document::parse(schema);
    ASSERT_TRUE(document.has_value()) << document.error().message;
    auto input = wire::parse_schema_input(document->root(), json::Path(document->text()));
    ASSERT_TRUE(input.has_value()) << input.error().message;
    const auto merged = wire::merge_schema(schema_, *input, snapshot_.segments.empty(), metric_);
    ASSERT_TRUE(merged.has_value()) << merged.error().message;
    publish();
  }

  // One segment of these rows, a JSON array; attributes that are not declared are inferred.
  void add(const std::string& rows, bool persisted = false, bool vector_index = false) {
    auto request = wire::parse_write("{\"upsert_rows\": " + rows + "}");
    ASSERT_TRUE(request.has_value()) << request.error().message;
    std::vector<Row> typed;
    for (const wire::RawRow& raw : *request->upserts) {
      typed.push_back(type_row(raw));
    }
    add_rows(std::move(typed), persisted, vector_index);
  }

  void add_rows(std::vector<Row> rows, bool persisted = false, bool vector_index = false) {
    std::ranges::sort(rows, {}, &Row::id);
    for (Row& row : rows) {
      schema_.id_type = wire::type_of(row.id);
      std::ranges::sort(row.fields, {}, &Field::attr);
    }
    auto bytes = segment::build_from_rows(schema_, rows, {.vector_index = vector_index});
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
    auto opened = segment::Segment::open(storage::memory_blob(std::move(*bytes)));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    const DocId size = (*opened)->size();
    snapshot_.segments.push_back({.segment = std::move(*opened),
                                  .deleted = std::make_shared<DocSet>(size),
                                  .persisted = persisted});
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    publish();
  }

  void remove(const wire::Id& id) {
    for (SegmentView& view : snapshot_.segments) {
      const auto doc = view.segment->find(id);
      if (doc && !view.deleted->contains(*doc)) {
        DocSet deleted = *view.deleted;
        deleted.add(*doc);
        view.deleted = std::make_shared<DocSet>(std::move(deleted));
        std::erase_if(rows_, [&](const Row& row) { return row.id == id; });
        return;
      }
    }
    FAIL() << "no such row";
  }

  const Snapshot& snapshot() const { return snapshot_; }
  const wire::Schema& schema() const { return schema_; }
  const std::vector<Row>& rows() const { return rows_; }  // live ones

  Result<wire::QueryResponse> query(const std::string& body) const {
    LAYER_ASSIGN(const wire::Query parsed, wire::parse_query(body));
    return execute(snapshot_, parsed, *crew_);
  }

  // The rows of a query that must succeed.
  wire::Rows rows_of(const std::string& body) const {
    auto response = query(body);
    EXPECT_TRUE(response.has_value()) << body << ": " << response.error().message;
    return response ? std::get<wire::Rows>(std::move(response->results.front())) : wire::Rows();
  }
  std::vector<std::uint64_t> ids_of(const std::string& body) const {
    std::vector<std::uint64_t> ids;
    for (const wire::OutputRow& row : rows_of(body)) {
      ids.push_back(std::get<std::uint64_t>(row.id));
    }
    return ids;
  }
  std::vector<std::pair<std::uint64_t, float>> scores_of(const std::string& body) const {
    std::vector<std::pair<std::uint64_t, float>> scores;
    for (const wire::OutputRow& row : rows_of(body)) {
      EXPECT_TRUE(row.dist.has_value()) << body;
      scores.emplace_back(std::get<std::uint64_t>(row.id), row.dist.value_or(-1));
    }
    return scores;
  }
  // The printed body of a query that must succeed, without billing and performance.
  std::string printed(const std::string& body) const {
    auto response = query(body);
    EXPECT_TRUE(response.has_value()) << body << ": " << response.error().message;
    if (!response) {
      return "";
    }
    const std::string text = wire::print(*response);
    return text.substr(0, text.find(",\"billing\""));
  }
  // The refusal of a query that must fail with 400.
  std::string refusal(const std::string& body) const {
    const auto response = query(body);
    EXPECT_FALSE(response.has_value()) << body;
    if (response) {
      return "";
    }
    EXPECT_EQ(core::info(response.error().code).http_status, 400) << response.error().message;
    return response.error().message;
  }

 private:
  void publish() {
    snapshot_.schema = std::make_shared<wire::Schema>(schema_);
    ++snapshot_.version;
  }

  Row type_row(const wire::RawRow& raw) {
    Row row;
    auto id = wire::read_id(raw.id, schema_.id_type, "id");
    EXPECT_TRUE(id.has_value()) << id.error().message;
    row.id = *id;
    schema_.id_type = wire::type_of(row.id);
    for (const wire::RawField& field : raw.fields) {
      auto attr = schema_.find(field.name);
      if (!attr) {
        auto inferred = wire::infer_attribute(field.name, field.value);
        EXPECT_TRUE(inferred.has_value()) << inferred.error().message;
        if (!*inferred) {
          continue;
        }
        const auto added =
            wire::add_inferred(schema_, **inferred, snapshot_.segments.empty(), metric_);
        EXPECT_TRUE(added.has_value()) << added.error().message;
        attr = *added;
      }
      auto value = wire::read_value(schema_.at(*attr), field.value);
      EXPECT_TRUE(value.has_value()) << value.error().message;
      if (schema_.at(*attr).type.kind == wire::Kind::kUnknown &&
          !std::holds_alternative<wire::EmptyArray>(*value)) {
        schema_.at(*attr).type = wire::element_type_of(*value);
      }
      if (!wire::is_null(*value)) {
        row.fields.push_back({.attr = *attr, .value = std::move(*value)});
      }
    }
    return row;
  }

  wire::Schema schema_;
  std::optional<wire::DistanceMetric> metric_;
  // Sub-queries on threads of their own, as the engine has them.
  std::shared_ptr<async::Crew> crew_ = std::make_shared<async::Crew>(1);
  Snapshot snapshot_;
  std::vector<Row> rows_;
};

}  // namespace layer::engine::query
