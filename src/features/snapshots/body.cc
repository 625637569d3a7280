#include "features/snapshots/body.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include <openssl/evp.h>

#include "core/random.h"
#include "json/document.h"

namespace layer::features::snapshots {
namespace {

constexpr std::array<std::string_view, 3> kTypes{"string", "number", "boolean"};
constexpr std::array<std::string_view, 2> kReasons{"exceeded_cap", "unsupported"};

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return core::hex(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

// Members in the order of their names, as everywhere in what the sha is of.
void put_field(json::Writer& out, const FieldCounts& field) {
  out.begin_object();
  if (field.array) {
    out.member("array", true);
  }
  out.member("name", field.name);
  if (field.type) {
    out.member("type", name(*field.type));
  }
  out.key("values").begin_array();
  for (const ValueCount& value : field.values) {
    out.begin_object().member("n", value.n).member("v", value.v).end_object();
  }
  out.end_array().end_object();
}

void put_skipped(json::Writer& out, const SkippedField& field) {
  out.begin_object();
  out.member("cap", kValuesPerFieldMax);
  out.member("distinct_observed", field.distinct_observed);
  if (field.lower_bound) {
    out.member("lower_bound", true);
  }
  out.member("name", field.name);
  out.member("reason", name(field.reason));
  out.end_object();
}

template <class Keep>
void put_contents(json::Writer& out, const Body& body, Keep keep) {
  out.key("fields").begin_array();
  for (const FieldCounts& field : body.fields) {
    if (keep(field.name)) {
      put_field(out, field);
    }
  }
  out.end_array();
  out.key("fields_skipped").begin_array();
  for (const SkippedField& field : body.skipped) {
    if (keep(field.name)) {
      put_skipped(out, field);
    }
  }
  out.end_array();
  if (body.row_count) {
    out.member("row_count", *body.row_count);
  }
}

template <class Keep>
std::string print(const Body& body, Keep keep) {
  json::Writer out;
  out.begin_object().member("v", 1).member("namespace", body.ns);
  out.member("watermark_ms", body.watermark_ms).member("sha", body.sha);
  out.member("exact", body.exact).member("rows_after_cut", body.rows_after_cut);
  put_contents(out, body, keep);
  out.end_object();
  return std::move(out).take();
}

std::unexpected<Error> corrupt(std::string what) {
  return fail(ErrorCode::kCorrupt, "a snapshot is damaged: " + std::move(what));
}

template <std::size_t N>
std::optional<std::size_t> index_of(const std::array<std::string_view, N>& names,
                                    std::string_view name) {
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? std::nullopt : std::optional<std::size_t>(at - names.begin());
}

// Absent members leave `out` as it was.
template <class T>
bool read(const json::Object& object, const char* name, T& out) {
  json::Value value;
  return object.at_key(name).get(value) != simdjson::SUCCESS || value.get(out) == simdjson::SUCCESS;
}

Result<FieldCounts> parse_field(const json::Value& value) {
  json::Object object;
  std::string_view field_name;
  json::Array values;
  FieldCounts field;
  std::string_view type;
  if (value.get(object) != simdjson::SUCCESS ||
      object.at_key("name").get(field_name) != simdjson::SUCCESS ||
      object.at_key("values").get(values) != simdjson::SUCCESS ||
      !read(object, "array", field.array) || !read(object, "type", type)) {
    return corrupt("a field has no name or no values");
  }
  field.name = field_name;
  if (const auto index = index_of(kTypes, type)) {
    field.type = static_cast<ValueType>(*index);
  }
  field.values.reserve(std::min<std::size_t>(values.size(), kValuesPerFieldMax));
  for (const json::Value item : values) {
    std::string_view v;
    std::uint64_t n = 0;
    if (item["v"].get(v) != simdjson::SUCCESS || item["n"].get(n) != simdjson::SUCCESS) {
      return corrupt("a value of field '" + field.name + "' has no count");
    }
    field.values.push_back({.v = std::string(v), .n = n});
  }
  return field;
}

Result<SkippedField> parse_skipped(const json::Value& value) {
  json::Object object;
  std::string_view field_name;
  std::string_view reason;
  SkippedField field;
  if (value.get(object) != simdjson::SUCCESS ||
      object.at_key("name").get(field_name) != simdjson::SUCCESS ||
      !read(object, "reason", reason) ||
      !read(object, "distinct_observed", field.distinct_observed) ||
      !read(object, "lower_bound", field.lower_bound)) {
    return corrupt("a skipped field has no name");
  }
  const auto index = index_of(kReasons, reason);
  if (!index) {
    return corrupt("a field was skipped for an unknown reason");
  }
  field.name = field_name;
  field.reason = static_cast<SkippedField::Reason>(*index);
  return field;
}

Result<void> parse_lists(const json::Object& object, Body& body) {
  json::Array fields;
  json::Array skipped;
  if (object.at_key("fields").get(fields) != simdjson::SUCCESS ||
      object.at_key("fields_skipped").get(skipped) != simdjson::SUCCESS) {
    return corrupt("it has no fields");
  }
  for (const json::Value field : fields) {
    LAYER_ASSIGN(auto parsed, parse_field(field));
    body.fields.push_back(std::move(parsed));
  }
  for (const json::Value field : skipped) {
    LAYER_ASSIGN(auto parsed, parse_skipped(field));
    body.skipped.push_back(std::move(parsed));
  }
  return {};
}

}  // namespace

std::string_view name(ValueType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

std::string_view name(SkippedField::Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

std::uint64_t FieldCounts::total() const {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const ValueCount& value) { return sum + value.n; });
}

std::uint64_t FieldCounts::count(std::string_view v) const {
  const auto at = std::ranges::lower_bound(values, v, std::less<>(), &ValueCount::v);
  return at != values.end() && at->v == v ? at->n : 0;
}

const FieldCounts* Body::find(std::string_view field) const {
  const auto at = std::ranges::find(fields, field, &FieldCounts::name);
  return at == fields.end() ? nullptr : &*at;
}

const SkippedField* Body::find_skipped(std::string_view field) const {
  const auto at = std::ranges::find(skipped, field, &SkippedField::name);
  return at == skipped.end() ? nullptr : &*at;
}

void seal(Body& body) {
  std::ranges::sort(body.fields, std::less<>(), &FieldCounts::name);
  std::ranges::sort(body.skipped, std::less<>(), &SkippedField::name);
  for (FieldCounts& field : body.fields) {
    std::ranges::sort(field.values, std::less<>(), &ValueCount::v);
  }
  body.sha = sha256(canonical(body));
}

std::string canonical(const Body& body) {
  json::Writer out;
  out.begin_object();
  put_contents(out, body, [](std::string_view) { return true; });
  out.end_object();
  return std::move(out).take();
}

std::string print_body(const Body& body) {
  return print(body, [](std::string_view) { return true; });
}

std::string print_body(const Body& body, std::string_view field) {
  return print(body, [field](std::string_view name) { return name == field; });
}

Result<Body> parse_body(std::string text) {
  auto document = json::Document::parse(std::move(text));
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return corrupt("it is not a JSON object");
  }
  std::int64_t version = 0;
  std::string_view ns;
  std::string_view sha;
  Body body;
  if (!read(object, "v", version) || version != 1) {
    return corrupt("it is of another version");
  }
  json::Value rows;
  std::uint64_t row_count = 0;
  if (object.at_key("namespace").get(ns) != simdjson::SUCCESS ||
      object.at_key("sha").get(sha) != simdjson::SUCCESS ||
      object.at_key("watermark_ms").get(body.watermark_ms) != simdjson::SUCCESS ||
      !read(object, "exact", body.exact) || !read(object, "rows_after_cut", body.rows_after_cut) ||
      !read(object, "row_count", row_count)) {
    return corrupt("it does not say whose it is, or when it was taken");
  }
  if (object.at_key("row_count").get(rows) == simdjson::SUCCESS) {
    body.row_count = row_count;
  }
  body.ns = ns;
  LAYER_TRY(parse_lists(object, body));
  seal(body);
  if (body.sha != sha) {
    return corrupt("what it says is not what its name is made of");
  }
  return body;
}

Body merge(const Body& body, const Body& newer) {
  Body out = newer;
  for (const FieldCounts& field : body.fields) {
    if (newer.find(field.name) == nullptr && newer.find_skipped(field.name) == nullptr) {
      out.fields.push_back(field);
    }
  }
  for (const SkippedField& field : body.skipped) {
    if (newer.find(field.name) == nullptr && newer.find_skipped(field.name) == nullptr) {
      out.skipped.push_back(field);
    }
  }
  seal(out);
  return out;
}

}  // namespace layer::features::snapshots
