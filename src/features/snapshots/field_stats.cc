#include "features/snapshots/field_stats.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace layer::features::snapshots {
namespace {

double number_of(const ValueCount& value) {
  double number = 0;
  std::from_chars(value.v.data(), value.v.data() + value.v.size(), number);
  return number;
}

// Values are in the order of their bytes; numbers have one of their own.
std::pair<const ValueCount*, const ValueCount*> extremes(const FieldCounts& field) {
  if (field.values.empty()) {
    return {nullptr, nullptr};
  }
  if (field.type != ValueType::kNumber) {
    return {&field.values.front(), &field.values.back()};
  }
  const auto [least, most] = std::ranges::minmax_element(field.values, std::less<>(), number_of);
  return {&*least, &*most};
}

void put_value(json::Writer& out, std::string_view name, const FieldCounts& field,
               const ValueCount* value) {
  out.key(name);
  if (value == nullptr) {
    out.null();
  } else if (field.type == ValueType::kString) {
    out.value(value->v);
  } else {
    out.raw(value->v);
  }
}

void put_top(json::Writer& out, const FieldCounts& field, std::size_t top) {
  std::vector<const ValueCount*> values;
  values.reserve(field.values.size());
  for (const ValueCount& value : field.values) {
    values.push_back(&value);
  }
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(std::min(top, values.size()));
  std::partial_sort(values.begin(), end, values.end(),
                    [](const ValueCount* a, const ValueCount* b) {
                      return a->n != b->n ? a->n > b->n : a->v < b->v;
                    });
  out.key("top").begin_array();
  for (auto at = values.begin(); at != end; ++at) {
    out.begin_object().member("v", (*at)->v).member("n", (*at)->n).end_object();
  }
  out.end_array();
}

void put_distinct(json::Writer& out, std::uint64_t value, bool exact) {
  out.key("distinct").begin_object().member("value", value);
  out.member("quality", exact ? "exact" : "lower_bound").end_object();
}

void put_field(json::Writer& out, const Body& body, const FieldCounts& field, std::size_t top) {
  out.key(field.name).begin_object().key("missing");
  // Rows of an array count several times, or not at all.
  const std::uint64_t total = field.total();
  if (body.row_count && !field.array && *body.row_count >= total) {
    out.value(*body.row_count - total);
  } else {
    out.null();
  }
  put_distinct(out, field.values.size(), true);
  const auto [least, most] = extremes(field);
  put_value(out, "min", field, least);
  put_value(out, "max", field, most);
  put_top(out, field, top);
  out.member("state", body.exact ? "exact" : "approximate").end_object();
}

void put_skipped(json::Writer& out, const SkippedField& field) {
  out.key(field.name).begin_object().key("missing").null();
  put_distinct(out, field.distinct_observed, false);
  out.key("min").null().key("max").null().key("top").begin_array().end_array();
  out.member("state", "approximate").end_object();
}

}  // namespace

std::string print_field_stats(const Body& body, const FieldStatsAsked& asked) {
  json::Writer out;
  out.begin_object().member("as_of", asked.watermark_ms).key("rows");
  if (body.row_count) {
    out.value(*body.row_count);
  } else {
    out.null();
  }
  out.member("exact", body.exact).key("fields").begin_object();
  for (const FieldCounts& field : body.fields) {
    put_field(out, body, field, asked.top);
  }
  for (const SkippedField& field : body.skipped) {
    if (field.reason == SkippedField::Reason::kExceededCap) {
      put_skipped(out, field);
    }
  }
  out.end_object().key("untracked").begin_array();
  for (const std::string& attribute : asked.attributes) {
    const SkippedField* skipped = body.find_skipped(attribute);
    if (body.find(attribute) == nullptr &&
        (skipped == nullptr || skipped->reason == SkippedField::Reason::kUnsupported)) {
      out.value(attribute);
    }
  }
  out.end_array().end_object();
  return std::move(out).take();
}

}  // namespace layer::features::snapshots
