#include "features/functions/row_result.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <xxhash.h>

#include "core/random.h"
#include "core/text.h"
#include "features/documents/ids.h"
#include "features/namespaces/slices.h"
#include "json/wrong_member.h"
#include "wire/reserved_names.h"

namespace layer::features::functions {
namespace {

constexpr char kBar = '|';  // between the parts of a note
constexpr std::string_view kNull = "null";

void add_member(std::string& out, std::string_view name, std::string_view json) {
  if (!out.ends_with('{')) {
    out += ',';
  }
  core::append_json_string(out, name);
  out += ':';
  out += json;
}

std::string json_text(std::string_view text) {
  std::string json;
  core::append_json_string(json, text);
  return json;
}

bool is_present(std::string_view json) {
  return !json.empty() && json != kNull;
}

std::optional<std::int64_t> integer(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = fault == std::errc() && end == digits.data() + digits.size();
  return whole ? std::optional(value) : std::nullopt;
}

// Members of `from` that `out` is to have, other than the taken ones.
void add_members(std::string& out, std::string_view from,
                 const std::vector<std::string_view>& taken) {
  for (const auto& member : namespaces::members_of(from)) {
    if (std::ranges::find(taken, member.name) == taken.end()) {
      add_member(out, member.name, member.value.of(from));
    }
  }
}

void add_marks(std::string& out, const RowMarks& marks, const Basis& basis) {
  add_member(out, marks.markers.version, json_text(marks.version));
  add_member(out, marks.markers.hash, json_text(basis.hash));
  add_member(out, marks.markers.at, basis.stamp ? std::to_string(*basis.stamp) : "null");
  add_member(out, marks.markers.stale_after, kNull);
  for (const std::string& other : marks.invalidated) {
    add_member(out, other, std::to_string(marks.now_ms));
  }
}

void add_rows(std::string& body, std::string_view name, std::string_view condition_name,
              const RowMarks& marks, const std::vector<ResultRow>& rows) {
  if (rows.empty()) {
    return;
  }
  std::string text = "[";
  for (const ResultRow& row : rows) {
    text += text.size() > 1 ? "," : "";
    text += print_row(marks, row);
  }
  add_member(body, name, text + "]");
  add_member(
      body, condition_name,
      fmt::format(R"(["{}","Eq",{{"$ref_new":"{}"}}])", wire::kStampAttribute, marks.markers.at));
}

}  // namespace

std::string print_basis(const Basis& basis) {
  return fmt::format("{}{}{}{}{}", basis.hash, kBar,
                     basis.stamp ? std::to_string(*basis.stamp) : "-", kBar, basis.version);
}

std::optional<Basis> parse_basis(std::string_view note) {
  const std::size_t first = note.find(kBar);
  const std::size_t second = first == note.npos ? note.npos : note.find(kBar, first + 1);
  if (second == note.npos) {
    return std::nullopt;
  }
  const std::string_view stamp = note.substr(first + 1, second - first - 1);
  return Basis{.hash = std::string(note.substr(0, first)),
               .stamp = stamp == "-" ? std::nullopt : integer(stamp),
               .version = std::string(note.substr(second + 1))};
}

Basis basis_of(const FunctionSpec& spec, std::string_view row) {
  std::string text = spec.version + "\n[";
  for (const std::string& input : spec.inputs) {
    const std::string_view value = namespaces::raw_member(row, input);
    text += text.ends_with('[') ? "" : ",";
    text += value.empty() ? kNull : value;
  }
  text += ']';
  return {.hash = core::hex(XXH64(text.data(), text.size(), 0)),
          .stamp = integer(namespaces::raw_member(row, wire::kStampAttribute)),
          .version = spec.version};
}

bool is_computed(const Markers& markers, const Basis& basis, std::string_view row) {
  return namespaces::string_of(namespaces::raw_member(row, markers.hash)) == basis.hash &&
         namespaces::string_of(namespaces::raw_member(row, markers.version)) == basis.version;
}

bool is_stale(const Markers& markers, std::string_view row) {
  return is_present(namespaces::raw_member(row, markers.stale_after));
}

std::string input_of(const FunctionSpec& spec, std::string_view row) {
  std::string input = "{";
  for (const std::string& name : spec.inputs) {
    const std::string_view value = namespaces::raw_member(row, name);
    if (is_present(value)) {
      add_member(input, name, value);
    }
  }
  return input + "}";
}

Result<void> check_attributes(const FunctionSpec& spec, std::string_view member,
                              std::string_view attributes) {
  if (attributes.empty()) {
    return {};
  }
  if (attributes.front() != '{') {
    return json::wrong_member(member, "expected an object");
  }
  for (const auto& [name, value] : namespaces::members_of(attributes)) {
    const bool input = std::ranges::find(spec.inputs, name) != spec.inputs.end();
    if (input || name == "id" || wire::is_reserved_name(name)) {
      return json::wrong_member(
          member, fmt::format("'{}' is {}", name, input ? "an input of the function" : "reserved"));
    }
  }
  return {};
}

std::string print_row(const RowMarks& marks, const ResultRow& row) {
  std::string out = R"({"id":)";
  documents::append_json(out, *row.id);
  std::vector<std::string_view> taken{"id",
                                      marks.markers.version,
                                      marks.markers.hash,
                                      marks.markers.at,
                                      marks.markers.stale_after,
                                      wire::kStampAttribute};
  taken.insert(taken.end(), marks.invalidated.begin(), marks.invalidated.end());
  add_members(out, row.vectors, taken);
  const auto vectors = namespaces::members_of(row.vectors);
  for (const auto& member : vectors) {
    taken.push_back(member.name);
  }
  add_members(out, row.attributes, taken);
  const auto given = namespaces::members_of(row.attributes);
  for (const auto& member : given) {
    taken.push_back(member.name);
  }
  add_members(out, row.row, taken);
  add_marks(out, marks, row.basis);
  return out + "}";
}

std::string print_write(const RowMarks& marks, const std::vector<ResultRow>& patches,
                        const std::vector<ResultRow>& upserts) {
  std::string body = "{";
  add_rows(body, "patch_rows", "patch_condition", marks, patches);
  add_rows(body, "upsert_rows", "upsert_condition", marks, upserts);
  std::string schema = "{";
  add_member(schema, marks.markers.version, R"("string")");
  add_member(schema, marks.markers.hash, R"("string")");
  add_member(schema, marks.markers.at, R"("int")");
  add_member(schema, marks.markers.stale_after, R"("int")");
  for (const std::string& other : marks.invalidated) {
    add_member(schema, other, R"("int")");
  }
  add_member(schema, wire::kStampAttribute, R"("int")");
  add_member(body, "schema", schema + "}");
  add_member(body, "return_affected_ids", "true");
  return body + "}";
}

}  // namespace layer::features::functions
