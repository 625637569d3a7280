#include "wire/print.h"

#include "json/writer.h"
#include "wire/print_row.h"

namespace layer::wire {
namespace {

constexpr std::size_t kTailBytes = 512;  // billing and performance

void write(json::Writer& out, const QueryBilling& billing) {
  out.begin_object()
      .member("billable_logical_bytes_queried", billing.billable_logical_bytes_queried)
      .member("billable_logical_bytes_returned", billing.billable_logical_bytes_returned)
      .end_object();
}

void write(json::Writer& out, const QueryPerformance& performance) {
  out.begin_object()
      .member("cache_hit_ratio", performance.cache_hit_ratio)
      .member("cache_temperature", performance.cache_temperature)
      .member("server_total_ms", performance.server_total_ms)
      .member("query_execution_ms", performance.query_execution_ms)
      .member("exhaustive_search_count", performance.exhaustive_search_count)
      .member("approx_namespace_size", performance.approx_namespace_size)
      .end_object();
}

void write_members(json::Writer& out, const Aggregations& aggregations) {
  for (const Aggregation& aggregation : aggregations) {
    out.key(aggregation.label);
    std::visit([&](auto number) { out.value(number); }, aggregation.value);
  }
}

void write_rows(json::Writer& out, const Rows& rows, VectorEncoding encoding) {
  out.begin_array();
  for (const OutputRow& row : rows) {
    write(out, row, encoding);
  }
  out.end_array();
}

// The member that holds the result: its name tells which kind it is.
struct ResultWriter {
  json::Writer& out;
  VectorEncoding encoding;

  void operator()(const Rows& rows) const {
    out.key("rows");
    write_rows(out, rows, encoding);
  }
  void operator()(const Aggregations& aggregations) const {
    out.key("aggregations").begin_object();
    write_members(out, aggregations);
    out.end_object();
  }
  void operator()(const AggregationGroups& groups) const {
    out.key("aggregation_groups").begin_array();
    for (const AggregationGroup& group : groups) {
      out.begin_object();
      for (const auto& [name, value] : group.key) {
        out.key(name);
        write(out, value, encoding);
      }
      write_members(out, group.values);
      out.end_object();
    }
    out.end_array();
  }
};

std::size_t printed_bytes_of(const QueryResponse& response) {
  std::size_t bytes = kTailBytes;
  for (const QueryResult& result : response.results) {
    if (const auto* rows = std::get_if<Rows>(&result)) {
      bytes += printed_bytes(*rows, response.vector_encoding);
    }
  }
  return bytes;
}

void write_ids(json::Writer& out, std::string_view name, const std::vector<Id>& ids) {
  if (ids.empty()) {
    return;
  }
  out.key(name).begin_array();
  for (const Id& id : ids) {
    write(out, id);
  }
  out.end_array();
}

void write_count(json::Writer& out, std::string_view name, std::optional<std::uint64_t> count) {
  if (count) {
    out.member(name, *count);
  }
}

}  // namespace

std::string print(const QueryResponse& response) {
  json::Writer out(printed_bytes_of(response));
  const ResultWriter result{out, response.vector_encoding};
  out.begin_object();
  if (response.multi) {
    out.key("results").begin_array();
    for (const QueryResult& one : response.results) {
      out.begin_object();
      std::visit(result, one);
      out.end_object();
    }
    out.end_array();
  } else {
    for (const QueryResult& one : response.results) {
      std::visit(result, one);
    }
  }
  out.key("billing");
  write(out, response.billing);
  out.key("performance");
  write(out, response.performance);
  out.end_object();
  return std::move(out).take();
}

std::string print(const WriteResponse& response) {
  const std::uint64_t affected = response.rows_affected_override.value_or(
      response.rows_upserted.value_or(0) + response.rows_patched.value_or(0) +
      response.rows_deleted.value_or(0));
  json::Writer out(kTailBytes);
  out.begin_object()
      .member("status", "OK")
      .member("message", response.message)
      .member("rows_affected", affected);
  write_count(out, "rows_upserted", response.rows_upserted);
  write_count(out, "rows_patched", response.rows_patched);
  write_count(out, "rows_deleted", response.rows_deleted);
  if (response.rows_remaining) {
    out.member("rows_remaining", *response.rows_remaining);
  }
  write_ids(out, "upserted_ids", response.upserted_ids);
  write_ids(out, "patched_ids", response.patched_ids);
  write_ids(out, "deleted_ids", response.deleted_ids);
  out.key("billing").begin_object();
  out.member("billable_logical_bytes_written", response.billable_logical_bytes_written);
  if (response.query_billing) {
    out.key("query");
    write(out, *response.query_billing);
  }
  out.end_object().key("performance").begin_object();
  out.member("server_total_ms", response.server_total_ms).end_object().end_object();
  return std::move(out).take();
}

std::string print(const RecallResponse& response, VectorEncoding encoding) {
  json::Writer out(kTailBytes);
  out.begin_object()
      .member("avg_recall", response.avg_recall)
      .member("avg_exhaustive_count", response.avg_exhaustive_count)
      .member("avg_ann_count", response.avg_ann_count);
  if (response.ground_truth) {
    out.key("ground_truth").begin_array();
    for (const auto& truth : *response.ground_truth) {
      out.begin_object().key("query_vector");
      write(out, Value(DenseVector{truth.query_vector}), encoding);
      out.key("nearest_neighbors");
      write_rows(out, truth.nearest_neighbors, encoding);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
  return std::move(out).take();
}

std::string print_error(const Error& error) {
  json::Writer out;
  out.begin_object().member("status", "error").member("error", error.message);
  if (!error.attribute.empty()) {
    out.member("attribute", error.attribute);
  }
  out.end_object();
  return std::move(out).take();
}

std::uint64_t returned_bytes(const Rows& rows) {
  constexpr std::uint64_t kDistBytes = 4;
  std::uint64_t bytes = 0;
  for (const OutputRow& row : rows) {
    bytes += logical_bytes(row.id) + (row.dist ? kDistBytes : 0);
    for (const OutputField& field : row.fields) {
      if (const auto* value = std::get_if<Value>(&field.value)) {
        bytes += logical_bytes(*value, field.element);
      } else if (const auto* fragments = std::get_if<HighlightResult>(&field.value)) {
        for (const HighlightFragment& fragment : *fragments) {
          bytes += fragment.text.size();
        }
      } else {
        bytes += kDistBytes;
      }
    }
  }
  return bytes;
}

}  // namespace layer::wire
