#include "features/snapshots/snapshot_params.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "features/jobs/print_job.h"
#include "features/namespaces/slices.h"
#include "features/snapshots/body.h"
#include "json/document.h"
#include "json/wrong_member.h"

namespace layer::features::snapshots {
namespace {

constexpr std::array<std::string_view, 3> kSources{"auto", "stored", "origin"};

Result<void> add_field(SnapshotParams& params, std::string_view member, const json::Value& value) {
  std::string_view field;
  if (value.get(field) != simdjson::SUCCESS || field.empty() || field.size() > kFieldNameBytesMax) {
    return json::wrong_member(member, "expected the name of an attribute");
  }
  if (std::ranges::find(params.fields, field) == params.fields.end()) {
    params.fields.emplace_back(field);
  }
  return {};
}

Result<void> read_fields(SnapshotParams& params, const json::Value& value) {
  json::Array items;
  if (value.get(items) != simdjson::SUCCESS || items.size() == 0) {
    return json::wrong_member("fields", "expected an array of attribute names");
  }
  if (items.size() > kFieldsMax) {
    return json::wrong_member("fields", fmt::format("at most {} fields", kFieldsMax));
  }
  for (const json::Value item : items) {
    LAYER_TRY(add_field(params, "fields", item));
  }
  return {};
}

Result<void> read_filter(SnapshotParams& params, const json::Value& value, std::string_view raw) {
  if (value.is_null()) {
    return {};
  }
  if (!value.is_array() || raw.empty()) {
    return json::wrong_member("filters", "expected a filter, such as [\"lang\",\"Eq\",\"en\"]");
  }
  params.filter = raw;
  return {};
}

Result<void> read_member(SnapshotParams& params, std::string_view name, const json::Value& value) {
  if (name == "field") {
    return add_field(params, name, value);
  }
  if (name == "fields") {
    return read_fields(params, value);
  }
  if (name == "source") {
    std::string_view text;
    const auto at =
        value.get(text) == simdjson::SUCCESS ? std::ranges::find(kSources, text) : kSources.end();
    if (at == kSources.end()) {
      return json::wrong_member(name, "expected auto, stored or origin");
    }
    params.source = static_cast<Source>(at - kSources.begin());
    return {};
  }
  if (name == "page_size") {
    std::uint64_t size = 0;
    if (value.get(size) != simdjson::SUCCESS || size < 1 || size > kPageSizeMax) {
      return json::wrong_member(name,
                                fmt::format("expected an integer from 1 to {}", kPageSizeMax));
    }
    params.page_size = static_cast<std::uint32_t>(size);
    return {};
  }
  return json::wrong_member(name,
                            "unknown; field, fields, source, filters and page_size are known");
}

}  // namespace

std::string_view name(Source source) {
  return kSources[static_cast<std::size_t>(source)];
}

Result<SnapshotParams> parse_request(std::string_view json) {
  const auto document = json::Document::parse(std::string(json));
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return json::wrong_member("body", "expected a JSON object");
  }
  SnapshotParams params;
  for (const auto& [name, value] : object) {
    if (name == "filters") {
      LAYER_TRY(read_filter(params, value, namespaces::raw_member(json, name)));
    } else {
      LAYER_TRY(read_member(params, name, value));
    }
  }
  if (params.fields.empty()) {
    return json::wrong_member("field", "missing; name the field to count, or several as fields");
  }
  if (!params.filter.empty() && params.source == Source::kStored) {
    return json::wrong_member("source",
                              "a stored snapshot is of all rows; leave out filters, or "
                              "count with source origin");
  }
  return params;
}

Result<SnapshotParams> parse_params(std::string_view json) {
  const auto document = json::Document::parse(std::string(json));
  json::Object object;
  SnapshotParams params;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return fail(ErrorCode::kCorrupt, "the parameters of the snapshot job are damaged");
  }
  for (const auto& [name, value] : object) {
    json::Array items;
    if (name == "filters") {
      params.filter = namespaces::raw_member(json, name);
    } else if (name == "automatic") {
      if (value.get(params.automatic) != simdjson::SUCCESS) {
        return fail(ErrorCode::kCorrupt, "the parameters of the snapshot job are damaged");
      }
    } else if (name != "fields" || value.get(items) != simdjson::SUCCESS || items.size() > 0) {
      LAYER_TRY(read_member(params, name, value));
    }
  }
  return params;
}

std::string print_params(const SnapshotParams& params) {
  json::Writer out;
  out.begin_object().key("fields").begin_array();
  for (const std::string& field : params.fields) {
    out.value(field);
  }
  out.end_array().member("source", name(params.source));
  out.member("page_size", params.page_size).member("automatic", params.automatic);
  if (!params.filter.empty()) {
    out.key("filters").raw(params.filter);
  }
  out.end_object();
  return std::move(out).take();
}

void put_result_members(json::Writer& out, std::string_view result) {
  for (const char* member : {"effective_source", "stable_as_of", "sha", "exact", "rows_after_cut",
                             "row_count", "fields_skipped"}) {
    if (const auto value = namespaces::raw_member(result, member); !value.empty()) {
      out.key(member).raw(value);
    }
  }
}

void put_snapshot_job(json::Writer& out, const queue::Job& job, std::int64_t now_ms) {
  out.begin_object();
  out.member("id", job.spec.id).member("namespace", job.spec.ns);
  if (const auto params = parse_params(job.spec.params)) {
    if (params->fields.size() == 1) {
      out.member("field", params->fields.front());
    } else {
      out.key("field").null();
    }
    out.key("fields").begin_array();
    for (const std::string& field : params->fields) {
      out.value(field);
    }
    out.end_array();
    out.member("source", name(params->source)).member("automatic", params->automatic);
    if (!params->filter.empty()) {
      out.key("filters").raw(params->filter);
    }
  }
  jobs::put_progress(out, job, now_ms);
  put_result_members(out, job.progress.result);
  out.end_object();
}

}  // namespace layer::features::snapshots
