#include "features/search/projection.h"

#include <algorithm>

#include "core/text.h"
#include "features/namespaces/slices.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

constexpr std::string_view kVector = "vector";

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  for (const namespaces::Slice& item : namespaces::items_of(list)) {
    names.push_back(namespaces::string_of(item.of(list)));
  }
  return names;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += text.empty() ? "[" : ",";
    core::append_json_string(text, name);
  }
  return text.empty() ? text : text + "]";
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool Attributes::none() const {
  return exclude.empty() && (include.empty() || include == "false" || include == "[]");
}

Result<Attributes> without_vectors(const LayerQuery& query, const SchemaPtr& schema) {
  if (!query.include_attributes.empty() && !query.exclude_attributes.empty()) {
    return json::wrong_member("exclude_attributes", "does not go with include_attributes");
  }
  Attributes out{.include = query.include_attributes, .exclude = query.exclude_attributes};
  std::vector<std::string> vectors;
  if (schema != nullptr) {
    for (const namespaces::Column& column : schema->columns) {
      if (is_vector(column.kind)) {
        vectors.push_back(column.name);
      }
    }
  }
  if (vectors.empty()) {
    return out;
  }
  if (out.include.starts_with('[')) {
    auto names = names_in(out.include);
    out.dropped = std::erase_if(names, [&](const auto& name) { return has(vectors, name); }) > 0;
    if (out.dropped) {
      out.include = list_of(names);
    }
  } else if (out.include == "true" || out.exclude.starts_with('[')) {
    auto names = names_in(out.exclude);
    for (const std::string& name : vectors) {
      if (!has(names, name)) {
        names.push_back(name);
      }
    }
    out.include.clear();
    out.exclude = list_of(names);
  }
  return out;
}

std::vector<std::string> read_too(Attributes& attributes, const std::vector<std::string>& needed) {
  std::vector<std::string> hidden;
  if (!attributes.exclude.empty()) {
    std::vector<std::string> names;
    for (std::string& name : names_in(attributes.exclude)) {
      (has(needed, name) ? hidden : names).push_back(std::move(name));
    }
    if (!hidden.empty()) {
      attributes.exclude = list_of(names);
      attributes.include = names.empty() ? "true" : "";
    }
    return hidden;
  }
  if (attributes.include == "true") {
    return hidden;
  }
  auto names = names_in(attributes.include);
  for (const std::string& name : needed) {
    if (!has(names, name)) {
      hidden.push_back(name);
      names.push_back(name);
    }
  }
  if (!hidden.empty()) {
    attributes.include = list_of(names);
  }
  return hidden;
}

Result<std::string> vector_attribute(const LayerQuery& query, const SchemaPtr& schema) {
  if (!query.vector_attribute.empty()) {
    return query.vector_attribute;
  }
  std::vector<std::string> dense;
  if (schema != nullptr) {
    for (const namespaces::Column& column : schema->columns) {
      if (column.kind == namespaces::ColumnKind::kDenseVector) {
        dense.push_back(column.name);
      }
    }
  }
  if (dense.empty() || has(dense, std::string(kVector))) {
    return std::string(kVector);
  }
  if (dense.size() > 1) {
    return json::wrong_member("vector_attribute",
                              "name it: the namespace has several vector attributes");
  }
  return dense.front();
}

}  // namespace layer::features::search
