#include "features/search/row_text.h"

#include <algorithm>
#include <map>

#include "core/text.h"
#include "features/namespaces/slices.h"
#include "json/splice.h"

namespace layer::features::search {
namespace {

// "$dist", "$score": told of the ranking, not of the row.
bool is_measure(std::string_view name) {
  return name.starts_with('$');
}

std::string join(std::string_view ranked, std::string_view row) {
  std::string out(ranked.substr(0, ranked.rfind('}')));
  for (const namespaces::Member& member : namespaces::members_of(row)) {
    if (member.name != "id" && !is_measure(member.name)) {
      out += ',';
      core::append_json_string(out, member.name);
      out += ':';
      out += member.value.of(row);
    }
  }
  return out + "}";
}

}  // namespace

void hide(std::string& row, const std::vector<std::string>& names) {
  auto cut = json::cut_members(
      row, [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); });
  if (cut) {
    row = std::move(*cut);
  }
}

void join_rows(std::vector<legs::LegRow>& ranked, const std::vector<legs::LegRow>& attributes) {
  std::map<wire::Id, const std::string*> by_id;
  for (const legs::LegRow& row : attributes) {
    by_id.emplace(row.id, &row.text);
  }
  std::erase_if(ranked, [&](const legs::LegRow& row) { return !by_id.contains(row.id); });
  for (legs::LegRow& row : ranked) {
    row.text = join(row.text, *by_id.at(row.id));
  }
}

}  // namespace layer::features::search
