// `layer query NS JSON`: rows as a table, or the answer as it came. Several namespaces, "a,b" or
// "*", are asked together.
#include <cstdio>
#include <iostream>
#include <iterator>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

// A comma or a star is in no namespace's name.
bool is_federated(std::string_view names) {
  return names == "*" || names.find(',') != std::string_view::npos;
}

// The query with the names to ask; a body that is no object is left to the server to refuse.
std::string with_names(std::string_view names, std::string body) {
  boost::system::error_code ec;
  auto json = boost::json::parse(body, ec);
  if (ec || !json.is_object()) {
    return body;
  }
  boost::json::array list;
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    list.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  // In front of the caller's members, whose text stays as it is.
  const std::size_t begin = body.find('{') + 1;
  const std::string_view comma = json.as_object().empty() ? "" : ",";
  body.insert(begin, fmt::format("\"namespaces\":{}{}", boost::json::serialize(list), comma));
  return body;
}

// What failed, beside the rows of the others.
void tell_errors(const boost::json::value& result) {
  const auto* const errors =
      result.is_object() ? result.as_object().if_contains("errors") : nullptr;
  if (errors == nullptr || !errors->is_array()) {
    return;
  }
  for (const auto& error : errors->as_array()) {
    fmt::print(stderr, "{}\n", boost::json::serialize(error));
  }
}

}  // namespace

int query(Session& session, const std::vector<std::string>& positionals) {
  std::string body = positionals[1];
  if (body == "-") {
    body.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  std::string target = "/v2/query";
  if (is_federated(positionals[0])) {
    body = with_names(positionals[0], std::move(body));
  } else {
    target = "/v2/namespaces/" + http::encode_segment(positionals[0]) + "/query";
  }
  Answer answer;
  if (!session.call("POST", target, std::move(body), answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto result = boost::json::parse(answer.body, ec);
  const auto* rows = !ec && result.is_object() ? result.as_object().if_contains("rows") : nullptr;
  if (session.json() || rows == nullptr || !rows->is_array()) {
    fmt::print("{}\n", answer.body);
  } else {
    fmt::print("{}", format_rows(rows->as_array()));
    tell_errors(result);
  }
  return kOk;
}

}  // namespace layer::cli
