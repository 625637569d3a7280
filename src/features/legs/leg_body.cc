#include "features/legs/leg_body.h"

#include <algorithm>

#include "core/text.h"
#include "features/namespaces/slices.h"

namespace layer::features::legs {
namespace {

using json::Token;

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  for (const namespaces::Slice& item : namespaces::items_of(list)) {
    names.push_back(namespaces::string_of(item.of(list)));
  }
  return names;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const std::string& name : names) {
    text += text.size() > 1 ? "," : "";
    core::append_json_string(text, name);
  }
  return text + "]";
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

void append_query(std::string& out, const Leg& leg, const Projection& projection,
                  const BodyParts& parts) {
  out += R"("rank_by":)" + leg.rank_by;
  const std::string filters =
      parts.bounds.join(freshness::all_of({leg.filters, parts.shard_filter}));
  if (!filters.empty()) {
    out += R"(,"filters":)" + filters;
  }
  out += projection.members;
  out += R"(,"top_k":)" + std::to_string(leg.limit);
  out += leg.more;
}

}  // namespace

Projection projection_of(const Leg& leg, const std::vector<std::string>& needed) {
  Projection out;
  if (!leg.exclude_attributes.empty()) {
    std::vector<std::string> excluded;
    for (std::string& name : names_in(leg.exclude_attributes)) {
      (has(needed, name) ? out.cut : excluded).push_back(std::move(name));
    }
    out.members = R"(,"exclude_attributes":)" +
                  (out.cut.empty() ? leg.exclude_attributes : list_of(excluded));
    return out;
  }
  if (leg.include_attributes == "true") {
    out.members = R"(,"include_attributes":true)";
    return out;
  }
  const bool lists = leg.include_attributes.starts_with('[');
  std::vector<std::string> included =
      lists ? names_in(leg.include_attributes) : std::vector<std::string>();
  for (const std::string& name : needed) {
    if (!has(included, name)) {
      out.cut.push_back(name);
    }
  }
  if (out.cut.empty()) {
    out.members =
        leg.include_attributes.empty() ? "" : R"(,"include_attributes":)" + leg.include_attributes;
    return out;
  }
  included.insert(included.end(), out.cut.begin(), out.cut.end());
  out.members = R"(,"include_attributes":)" + list_of(included);
  return out;
}

std::string body_of(const BodyParts& parts) {
  std::string body = "{";
  if (parts.legs.size() == 1) {
    append_query(body, parts.legs.front(), parts.projections.front(), parts);
  } else {
    body += R"("queries":[)";
    for (std::size_t i = 0; i < parts.legs.size(); ++i) {
      body += i == 0 ? "{" : ",{";
      append_query(body, parts.legs[i], parts.projections[i], parts);
      body += '}';
    }
    body += ']';
  }
  if (!parts.vector_encoding.empty()) {
    body += R"(,"vector_encoding":)" + parts.vector_encoding;
  }
  const bool strong = parts.bounds.read().upstream == freshness::ReadLevel::kStrong;
  body +=
      strong ? R"(,"consistency":{"level":"strong"}})" : R"(,"consistency":{"level":"eventual"}})";
  return body;
}

}  // namespace layer::features::legs
