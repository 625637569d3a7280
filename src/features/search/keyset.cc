#include "features/search/keyset.h"

#include "core/text.h"
#include "features/freshness/read_cut.h"
#include "features/namespaces/slices.h"

namespace layer::features::search {
namespace {

constexpr std::string_view kId = "id";

std::string compare(std::string_view attribute, std::string_view operation,
                    std::string_view value) {
  std::string out = "[";
  core::append_json_string(out, attribute);
  out += ",\"";
  out += operation;
  out += "\",";
  out += value;
  return out + "]";
}

// Strictly behind `value` in one clause; empty: there are no such rows. Nulls come first when
// ascending and last when descending, and Lt takes them in.
std::string behind(const legs::OrderClause& clause, std::string_view value) {
  const bool null = value == "null";
  if (clause.descending) {
    return null ? "" : compare(clause.attribute, "Lt", value);
  }
  return null ? compare(clause.attribute, "NotEq", value) : compare(clause.attribute, "Gt", value);
}

}  // namespace

std::vector<legs::OrderClause> paged_order(const legs::RankOrder& order) {
  std::vector<legs::OrderClause> clauses;
  for (const legs::OrderClause& clause : order.clauses) {
    clauses.push_back(clause);
    if (clause.attribute == kId) {
      return clauses;
    }
  }
  clauses.push_back({.attribute = std::string(kId)});
  return clauses;
}

std::string print_order(const std::vector<legs::OrderClause>& clauses) {
  std::string out;
  for (const legs::OrderClause& clause : clauses) {
    out += out.empty() ? "[" : ",[";
    core::append_json_string(out, clause.attribute);
    out += clause.descending ? R"(,"desc"])" : R"(,"asc"])";
  }
  return clauses.size() == 1 ? out : "[" + out + "]";
}

std::string filter_after(const std::vector<legs::OrderClause>& clauses, const KeyPosition& last) {
  std::vector<std::string> equal;  // in the clauses before
  std::string any;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    const bool is_id = i + 1 == clauses.size();
    const std::string_view value = is_id ? std::string_view(last.id) : last.values[i];
    if (std::string after = behind(clauses[i], value); !after.empty()) {
      std::vector<std::string> all = equal;
      all.push_back(std::move(after));
      any += any.empty() ? "" : ",";
      any += freshness::all_of(all);
    }
    equal.push_back(compare(clauses[i].attribute, "Eq", value));
  }
  return clauses.size() == 1 ? any : R"(["Or",[)" + any + "]]";
}

KeyPosition position_of(const std::vector<legs::OrderClause>& clauses, std::string_view row) {
  KeyPosition position;
  const auto members = namespaces::members_of(row);
  for (const legs::OrderClause& clause : clauses) {
    std::string value = "null";
    for (const namespaces::Member& member : members) {
      if (member.name == clause.attribute) {
        value = member.value.of(row);
      }
    }
    if (clause.attribute == kId) {
      position.id = std::move(value);
    } else {
      position.values.push_back(std::move(value));
    }
  }
  return position;
}

}  // namespace layer::features::search
