#include "features/snapshots/group_answer.h"

#include <charconv>
#include <utility>

#include "core/text.h"
#include "features/namespaces/slices.h"

namespace layer::features::snapshots {
namespace {

constexpr std::string_view kElement = "element";

std::unexpected<Error> unusable() {
  return fail(ErrorCode::kUpstream, "the store's answer to an aggregation is not one");
}

Result<std::uint64_t> read_number(std::string_view json) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(json.data(), json.data() + json.size(), number);
  if (json.empty() || fault != std::errc() || end != json.data() + json.size()) {
    return unusable();
  }
  return number;
}

void append_filter(std::string& out, std::string_view filter) {
  if (!filter.empty()) {
    out += R"("filters":)";
    out += filter;
    out += ',';
  }
}

}  // namespace

std::string_view count_label(std::string_view field) {
  return field == "n" ? "count" : "n";
}

std::string group_query(std::string_view field, bool array, std::string_view filter) {
  std::string out = "{";
  append_filter(out, filter);
  out += R"("aggregate_by":{")";
  out += array ? std::string_view("n") : count_label(field);
  out += R"(":["Count"]},"group_by":[)";
  if (array) {
    out += R"({")";
    out += kElement;
    out += R"(":["ForEachUnique",)";
    core::append_json_string(out, field);
    out += "]}";
  } else {
    core::append_json_string(out, field);
  }
  out += R"(],"top_k":)";
  out += std::to_string(kValuesPerFieldMax);
  out += '}';
  return out;
}

std::string count_query(std::string_view filter) {
  std::string out = "{";
  append_filter(out, filter);
  out += R"("aggregate_by":{"n":["Count"]}})";
  return out;
}

std::optional<Scalar> read_scalar(std::string_view json) {
  if (json.empty()) {
    return std::nullopt;
  }
  switch (json.front()) {
    case '"':
      return Scalar{.text = namespaces::string_of(json), .type = ValueType::kString};
    case 't':
    case 'f':
      return Scalar{.text = std::string(json), .type = ValueType::kBoolean};
    case 'n':
    case '[':
    case '{':
      return std::nullopt;
    default:
      return Scalar{.text = std::string(json), .type = ValueType::kNumber};
  }
}

Result<Groups> read_groups(std::string_view answer, std::string_view field, bool array) {
  const std::string_view list = namespaces::raw_member(answer, "aggregation_groups");
  if (list.empty() || list.front() != '[') {
    return unusable();
  }
  const std::string_view value_name = array ? kElement : field;
  const std::string_view count_name = array ? "n" : count_label(field);
  Groups out;
  out.counts.name = field;
  out.counts.array = array;
  std::size_t groups = 0;
  for (const auto& item : namespaces::items_of(list)) {
    const std::string_view group = item.of(list);
    LAYER_ASSIGN(const std::uint64_t n, read_number(namespaces::raw_member(group, count_name)));
    auto scalar = read_scalar(namespaces::raw_member(group, value_name));
    ++groups;
    if (!scalar) {
      out.without += n;
      continue;
    }
    out.counts.type = scalar->type;
    out.counts.values.push_back({.v = std::move(scalar->text), .n = n});
  }
  out.full = groups >= kValuesPerFieldMax;
  return out;
}

Result<std::uint64_t> read_count(std::string_view answer) {
  return read_number(namespaces::raw_member(namespaces::raw_member(answer, "aggregations"), "n"));
}

}  // namespace layer::features::snapshots
