#include "cli/row_changes.h"

#include <cmath>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/table.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kReserved = "_hevlayer_";
constexpr std::size_t kNumbersMax = 16;  // of a list that is shown as it is
constexpr std::size_t kCellBytesMax = 60;

const json::array* numbers_of(const json::value& value) {
  const auto* list = value.if_array();
  return list != nullptr && !list->empty() && list->front().is_number() ? list : nullptr;
}

json::value shown(const json::value& value) {
  const auto* list = numbers_of(value);
  return list == nullptr || list->size() <= kNumbersMax
             ? value
             : json::value(fmt::format("{} numbers", list->size()));
}

std::string short_cell(const json::value& value) {
  std::string text = value.is_null() ? "-" : cell(shown(value));
  if (text.size() > kCellBytesMax) {
    // A character is whole or not there.
    std::size_t end = kCellBytesMax - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    text.resize(end);
    text += "...";
  }
  return text;
}

void compare(const Rows::value_type& before, const json::object& after,
             std::vector<RowChange>& changes) {
  std::map<std::string, std::pair<json::value, json::value>> values;
  for (const auto& member : before.second) {
    values[std::string(member.key())].first = member.value();
  }
  for (const auto& member : after) {
    values[std::string(member.key())].second = member.value();
  }
  for (auto& [name, pair] : values) {
    if (!name.starts_with(kReserved) && pair.first != pair.second) {
      changes.push_back({.ns = before.first.first,
                         .id = before.first.second,
                         .attribute = name,
                         .before = std::move(pair.first),
                         .after = std::move(pair.second)});
    }
  }
}

}  // namespace

std::vector<RowChange> changes_between(const Rows& before, const Rows& after) {
  std::vector<RowChange> changes;
  for (const auto& row : before) {
    if (const auto now = after.find(row.first); now != after.end()) {
      compare(row, now->second, changes);
    }
  }
  return changes;
}

std::optional<double> cosine(const json::value& one, const json::value& other) {
  const auto* a = numbers_of(one);
  const auto* b = numbers_of(other);
  if (a == nullptr || b == nullptr || a->size() != b->size()) {
    return std::nullopt;
  }
  double dot = 0;
  double square_a = 0;
  double square_b = 0;
  for (std::size_t i = 0; i < a->size(); ++i) {
    if (!(*a)[i].is_number() || !(*b)[i].is_number()) {
      return std::nullopt;
    }
    const double x = (*a)[i].to_number<double>();
    const double y = (*b)[i].to_number<double>();
    dot += x * y;
    square_a += x * x;
    square_b += y * y;
  }
  if (square_a == 0 || square_b == 0) {
    return std::nullopt;
  }
  return dot / std::sqrt(square_a * square_b);
}

json::array changes_json(const std::vector<RowChange>& changes) {
  json::array list;
  for (const RowChange& change : changes) {
    json::object one{{"namespace", change.ns},
                     {"id", json::parse(change.id)},
                     {"attribute", change.attribute},
                     {"old", shown(change.before)},
                     {"new", shown(change.after)}};
    if (const auto likeness = cosine(change.before, change.after)) {
      one["cosine"] = *likeness;
    }
    list.push_back(std::move(one));
  }
  return list;
}

std::string format_changes(const std::vector<RowChange>& changes) {
  if (changes.empty()) {
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const RowChange& change : changes) {
    const auto likeness = cosine(change.before, change.after);
    rows.push_back({change.ns, change.id, change.attribute, short_cell(change.before),
                    short_cell(change.after), likeness ? fmt::format("{:.4f}", *likeness) : ""});
  }
  return format_table({"namespace", "id", "attribute", "old", "new", "cosine"}, rows);
}

}  // namespace layer::cli
