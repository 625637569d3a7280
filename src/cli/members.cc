#include "cli/members.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/table.h"

namespace layer::cli {

namespace json = boost::json;

json::object parse_object(const std::string& text) {
  boost::system::error_code ec;
  auto value = json::parse(text, ec);
  return !ec && value.is_object() ? std::move(value.as_object()) : json::object();
}

std::string member_text(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? std::string() : cell(*value);
}

double member_number(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  boost::system::error_code ec;
  const double found = value == nullptr ? 0 : value->to_number<double>(ec);
  return ec ? 0 : found;
}

std::uint64_t member_count(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  boost::system::error_code ec;
  const auto found = value == nullptr ? 0 : value->to_number<std::uint64_t>(ec);
  return ec ? 0 : found;
}

const json::array* member_list(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

const json::object* member_object(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

std::string flags_query(const Session& session, std::initializer_list<const char*> flags) {
  std::string query;
  for (const char* flag : flags) {
    if (session.flag(flag).empty()) {
      continue;
    }
    std::string name(flag);
    std::ranges::replace(name, '-', '_');
    query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name,
                         http::encode_segment(session.flag(flag)));
  }
  return query;
}

void print_list(const Session& session, const std::string& body, std::string_view member,
                const std::vector<std::string>& columns) {
  const auto answer = parse_object(body);
  const auto* list = member_list(answer, member);
  if (session.json() || list == nullptr) {
    fmt::print("{}\n", body);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : *list) {
    std::vector<std::string> row;
    for (const std::string& column : columns) {
      row.push_back(item.is_object() ? member_text(item.as_object(), column) : std::string());
    }
    rows.push_back(std::move(row));
  }
  fmt::print("{}", format_table(columns, rows));
  if (const std::string next = member_text(answer, "next_cursor"); !next.empty()) {
    fmt::print("\nmore: --cursor {}\n", next);
  }
}

void print_fields(const Session& session, const std::string& body) {
  const auto answer = parse_object(body);
  if (session.json() || answer.empty()) {
    fmt::print("{}\n", body);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& member : answer) {
    rows.push_back({std::string(member.key()), cell(member.value())});
  }
  fmt::print("{}", format_table({"field", "value"}, rows));
}

}  // namespace layer::cli
