#include "cli/attribute_pair.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/row_changes.h"
#include "cli/row_reader.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

// The mark that rows with a result of that version have.
json::array computed_filter(const PairAsk& ask) {
  std::string marker = fmt::format("_hevlayer_udf_{}_v", ask.function);
  std::ranges::replace(marker, '-', '_');
  return {marker, "Eq", ask.version};
}

bool is_vector(const json::value& value) {
  const auto* list = value.if_array();
  return list != nullptr && !list->empty() && list->front().is_number();
}

// Ids, as JSON text, without the row itself.
std::optional<std::set<std::string>> neighbours(Session& session, const std::string& ns,
                                                const PairAsk& ask, const std::string& attribute,
                                                const json::object& row) {
  json::object query;
  query["rank_by"] = json::array{attribute, "ANN", row.at(attribute)};
  query["top_k"] = ask.top_k + 1;
  query["filters"] = computed_filter(ask);
  const auto rows = query_rows(session, ns, query);
  if (!rows) {
    return std::nullopt;
  }
  std::set<std::string> ids;
  for (const auto& found : *rows) {
    const auto* each = found.if_object();
    if (each != nullptr && each->contains("id") && each->at("id") != row.at("id") &&
        ids.size() < ask.top_k) {
      ids.insert(json::serialize(each->at("id")));
    }
  }
  return ids;
}

// nullopt in the inner one: there are no neighbours to compare.
std::optional<std::optional<double>> overlap(Session& session, const std::string& ns,
                                             const PairAsk& ask, const json::object& row) {
  const auto by_old = neighbours(session, ns, ask, ask.from, row);
  const auto by_new = by_old ? neighbours(session, ns, ask, ask.to, row) : std::nullopt;
  if (!by_new) {
    return std::nullopt;
  }
  const std::size_t most = std::max(by_old->size(), by_new->size());
  if (most == 0) {
    return std::optional<double>();
  }
  const auto both =
      std::ranges::count_if(*by_old, [&](const std::string& id) { return by_new->contains(id); });
  return std::optional(static_cast<double>(both) / static_cast<double>(most));
}

json::object summary(const std::vector<double>& values) {
  json::object out;
  out["mean"] = mean_of(values);
  out["min"] = least_of(values);
  return out;
}

}  // namespace

double mean_of(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

double least_of(const std::vector<double>& values) {
  return values.empty() ? 0 : std::ranges::min(values);
}

json::object PairReport::as_json() const {
  json::object out;
  out["namespace"] = ns;
  out["rows"] = rows;
  out["equal"] = equal;
  if (!cosines.empty()) {
    out["cosine"] = summary(cosines);
  }
  if (!overlaps.empty()) {
    out["overlap"] = summary(overlaps);
  }
  if (overlaps.empty()) {
    out["different"] = different;
  }
  return out;
}

std::optional<PairReport> compare_pair(Session& session, const std::string& ns,
                                       const PairAsk& ask) {
  json::object query;
  query["rank_by"] = json::array{"id", "asc"};
  query["top_k"] = ask.sample;
  query["filters"] = computed_filter(ask);
  query["include_attributes"] = json::array{ask.from, ask.to};
  const auto rows = query_rows(session, ns, query);
  if (!rows) {
    return std::nullopt;
  }
  PairReport report{.ns = ns};
  for (const auto& each : *rows) {
    const auto* row = each.if_object();
    if (row == nullptr || !row->contains("id") || !row->contains(ask.from) ||
        !row->contains(ask.to)) {
      continue;
    }
    const json::value& before = row->at(ask.from);
    const json::value& after = row->at(ask.to);
    ++report.rows;
    report.equal += before == after ? 1 : 0;
    if (!is_vector(before) || !is_vector(after)) {
      if (before != after) {
        report.different.push_back(
            json::object{{"id", row->at("id")}, {"old", before}, {"new", after}});
      }
      continue;
    }
    if (const auto likeness = cosine(before, after)) {
      report.cosines.push_back(*likeness);
    }
    const auto shared = overlap(session, ns, ask, *row);
    if (!shared) {
      return std::nullopt;
    }
    if (*shared) {
      report.overlaps.push_back(**shared);
    }
  }
  return report;
}

}  // namespace layer::cli
