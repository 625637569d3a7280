#include "wire/write.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "core/limits.h"
#include "wire/filter_parse.h"
#include "wire/keys.h"
#include "wire/metric_variants.h"
#include "wire/write_rows.h"

namespace layer::wire {
namespace {

// What is read from a body, with what only the checks between fields need.
struct Body {
  WriteRequest request;
  bool rows_and_columns = false;    // both forms of one operation
  std::size_t fields_to_write = 0;  // fields that may not stand beside a copy
};

// A field that a copy or branch excludes.
template <Result<void> (*Read)(WriteRequest&, const json::Value&, const Path&)>
Result<void> writing(Body& body, const json::Value& value, const Path& path) {
  ++body.fields_to_write;
  return Read(body.request, value, path);
}

template <auto Member, auto Read>
Result<void> into_rows(Body& body, const json::Value& value, const Path& path) {
  ++body.fields_to_write;
  body.rows_and_columns = body.rows_and_columns || (body.request.*Member).has_value();
  LAYER_ASSIGN(body.request.*Member, Read(value, path));
  return {};
}

template <auto Member, RefRule Refs>
Result<void> into_filter(WriteRequest& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(out.*Member, parse_filter(value, path, Refs));
  return {};
}

Result<void> into_deletes(WriteRequest& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(out.deletes, read_ids(value, path));
  return {};
}

Result<void> into_patch_by_filter(WriteRequest& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "struct PatchByFilter"));
  json::Value filters;
  json::Value patch;
  if (object.at_key("filters").get(filters) != simdjson::SUCCESS) {
    return missing_field(path, "filters");
  }
  if (object.at_key("patch").get(patch) != simdjson::SUCCESS) {
    return missing_field(path, "patch");
  }
  PatchByFilter read;
  LAYER_ASSIGN(read.filters, parse_filter(filters, path.member("filters")));
  LAYER_ASSIGN(read.patch, read_patch(patch, path.member("patch")));
  out.patch_by_filter = std::move(read);
  return {};
}

Result<void> into_metric(WriteRequest& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(out.distance_metric, read_variant(value, path, kMetricVariants));
  return {};
}

Result<void> into_schema(WriteRequest& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(out.schema, parse_schema_input(value, path));
  return {};
}

// Key names as the cloud providers of the store spell them; the embedded engine has neither, so
// that every customer-managed key ends in an error, the malformed ones with the store's.
bool looks_like_kms_key(std::string_view key_name) {
  return (key_name.starts_with("projects/") &&
          key_name.find("/cryptoKeys/") != std::string_view::npos) ||
         key_name.starts_with("arn:aws:kms:");
}

template <auto Member, class Target>
Result<void> into_encryption(Target& out, const json::Value& value, const Path& path) {
  enum class Mode : std::uint8_t { kDefault, kCustomerManaged };
  static constexpr std::array kModes{
      std::pair{std::string_view("default"), Mode::kDefault},
      std::pair{std::string_view("customer-managed"), Mode::kCustomerManaged},
  };
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "enum Encryption"));
  json::Value mode_value;
  if (object.at_key("mode").get(mode_value) != simdjson::SUCCESS) {
    return missing_field(path, "mode");
  }
  LAYER_ASSIGN(const Mode mode, read_variant(mode_value, path.member("mode"), kModes));
  if (mode == Mode::kDefault) {
    out.*Member = Encryption{};
    return {};
  }
  json::Value key_value;
  if (object.at_key("key_name").get(key_value) != simdjson::SUCCESS) {
    return missing_field(path, "key_name");
  }
  LAYER_ASSIGN(const std::string_view key_name, read_string(key_value, path.member("key_name")));
  if (!looks_like_kms_key(key_name)) {
    return semantic_error(
        fmt::format("Malformed Cloud KMS crypto key: {}", key_name.substr(0, 256)));
  }
  out.*Member = Encryption{.customer_managed = true, .key_name = std::string(key_name)};
  return {};
}

Result<void> into_sharding(WriteRequest& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path, "struct Sharding"));
  json::Value count;
  if (object.at_key("num_shards").get(count) != simdjson::SUCCESS) {
    return missing_field(path, "num_shards");
  }
  LAYER_ASSIGN(const std::uint32_t shards, read_u32(count, path.member("num_shards")));
  if (shards < 1 || shards > core::limits::shard_count_max) {
    return semantic_error(fmt::format("💔 num_shards must be between 1 and {}, got {}",
                                      core::limits::shard_count_max, shards));
  }
  out.num_shards = shards;
  return {};
}

template <auto Member>
Result<void> into_text(CopySource& out, const json::Value& value, const Path& path) {
  LAYER_ASSIGN(out.*Member, read_string(value, path));
  return {};
}

constexpr Key<CopySource> kCopyKeys[] = {
    {"source_namespace", into_text<&CopySource::source_namespace>},
    {"source_api_key", into_text<&CopySource::source_api_key>},
    {"source_region", into_text<&CopySource::source_region>},
    {"dest_encryption", into_encryption<&CopySource::dest_encryption, CopySource>},
};

template <auto Member>
Result<void> into_source(Body& body, const json::Value& value, const Path& path) {
  CopySource source;
  if (value.is_string()) {
    source.source_namespace = value.get_string().value_unsafe();
  } else {
    LAYER_ASSIGN(const json::Object object, read_object(value, path, "a string or a map"));
    LAYER_TRY(read_keys(kCopyKeys, source, object, path));
    if (source.source_namespace.empty()) {
      return missing_field(path, "source_namespace");
    }
  }
  body.request.*Member = std::move(source);
  return {};
}

using R = WriteRequest;

// A field that may stand beside anything.
template <Result<void> (*Read)(WriteRequest&, const json::Value&, const Path&)>
Result<void> beside(Body& body, const json::Value& value, const Path& path) {
  return Read(body.request, value, path);
}

constexpr Key<Body> kFields[] = {
    {"upsert_rows", into_rows<&R::upserts, read_rows>},
    {"upsert_columns", into_rows<&R::upserts, read_columns>},
    {"patch_rows", into_rows<&R::patches, read_rows>},
    {"patch_columns", into_rows<&R::patches, read_columns>},
    {"deletes", writing<into_deletes>},
    {"delete_by_filter", writing<into_filter<&R::delete_by_filter, RefRule::kForbidden>>},
    {"patch_by_filter", writing<into_patch_by_filter>},
    {"delete_by_filter_allow_partial", writing<into_flag<&R::delete_by_filter_allow_partial>>},
    {"patch_by_filter_allow_partial", writing<into_flag<&R::patch_by_filter_allow_partial>>},
    {"upsert_condition", writing<into_filter<&R::upsert_condition, RefRule::kAllowed>>},
    {"patch_condition", writing<into_filter<&R::patch_condition, RefRule::kAllowed>>},
    {"delete_condition", writing<into_filter<&R::delete_condition, RefRule::kAllowed>>},
    {"distance_metric", writing<into_metric>},
    {"schema", writing<into_schema>},
    {"return_affected_ids", writing<into_flag<&R::return_affected_ids>>},
    {"disable_backpressure", writing<into_flag<&R::disable_backpressure>>},
    {"encryption", beside<into_encryption<&R::encryption, R>>},
    {"copy_from_namespace", into_source<&R::copy_from_namespace>},
    {"branch_from_namespace", into_source<&R::branch_from_namespace>},
    {"sharding", writing<into_sharding>},
    {"create_namespace", writing<into_flag<&R::create_namespace>>},
};

bool writes_something(const WriteRequest& request) {
  const auto filled = [](const auto& list) { return list && !list->empty(); };
  return filled(request.upserts) || filled(request.patches) || filled(request.deletes) ||
         request.delete_by_filter || request.patch_by_filter || request.schema ||
         request.copy_from_namespace || request.branch_from_namespace ||
         request.create_namespace.value_or(false);
}

bool wants_customer_key(const WriteRequest& request) {
  const auto managed = [](const auto& encryption) {
    return encryption && encryption->customer_managed;
  };
  return managed(request.encryption) ||
         (request.copy_from_namespace && managed(request.copy_from_namespace->dest_encryption));
}

// What can be refused without looking at a namespace.
Result<void> check_combination(const Body& body) {
  const WriteRequest& request = body.request;
  const bool copies = request.copy_from_namespace.has_value();
  const bool branches = request.branch_from_namespace.has_value();
  if ((copies || branches) && (body.fields_to_write > 0 || (copies && branches))) {
    return semantic_error(fmt::format("💔 {} cannot be used with other write request fields",
                                      copies ? "copy_from_namespace" : "branch_from_namespace"));
  }
  if (body.rows_and_columns) {
    return semantic_error(
        "💔 rows and columns cannot be mixed in one request: use either upsert_rows or "
        "upsert_columns, and either patch_rows or patch_columns");
  }
  if (!writes_something(request)) {
    return semantic_error("💔 no writes provided");
  }
  if (wants_customer_key(request)) {
    return semantic_error(
        "💔 customer-managed encryption is not available in this store: leave `encryption` out or "
        "use {\"mode\": \"default\"}");
  }
  return {};
}

}  // namespace

Result<WriteRequest> parse_write(std::string text) {
  Body body;
  LAYER_ASSIGN(body.request.document, json::Document::parse(std::move(text)));
  const json::Document& document = body.request.document;
  const Path root(document.text());
  LAYER_ASSIGN(const json::Object object, read_object(document.root(), root, "a map"));
  LAYER_TRY(read_keys(kFields, body, object, root, UnknownKeys::kRefused));
  LAYER_TRY(check_combination(body));
  return std::move(body.request);
}

}  // namespace layer::wire
