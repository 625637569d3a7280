// `layer query NS JSON`: rows as a table, or the answer as it came.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

std::string rows_as_table(const boost::json::array& list) {
  std::vector<std::string> columns;
  for (const auto& row : list) {
    if (!row.is_object()) {
      continue;
    }
    for (const auto& member : row.as_object()) {
      if (std::ranges::find(columns, member.key()) == columns.end()) {
        columns.emplace_back(member.key());
      }
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : list) {
    auto& line = rows.emplace_back();
    for (const auto& column : columns) {
      const auto* value = row.is_object() ? row.as_object().if_contains(column) : nullptr;
      line.push_back(value == nullptr ? "" : cell(*value));
    }
  }
  return format_table(columns, rows);
}

}  // namespace

int query(Session& session, const std::vector<std::string>& positionals) {
  std::string body = positionals[1];
  if (body == "-") {
    body.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  Answer answer;
  if (!session.call("POST", "/v2/namespaces/" + http::encode_segment(positionals[0]) + "/query",
                    std::move(body), answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto result = boost::json::parse(answer.body, ec);
  const auto* rows = !ec && result.is_object() ? result.as_object().if_contains("rows") : nullptr;
  if (session.json() || rows == nullptr || !rows->is_array()) {
    fmt::print("{}\n", answer.body);
  } else {
    fmt::print("{}", rows_as_table(rows->as_array()));
  }
  return kOk;
}

}  // namespace layer::cli
