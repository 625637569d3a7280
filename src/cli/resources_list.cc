// `layer resources ls` and `layer resources get KIND NAME`: the resources a gateway works by.
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

// The value at the end of `path`, as a cell; empty when it is not there.
std::string at(const boost::json::value& resource, std::string_view path) {
  boost::system::error_code ec;
  const auto* found = resource.find_pointer(path, ec);
  return found == nullptr ? std::string() : cell(*found);
}

// The condition's status, with the reason when it is not True.
std::string condition(const boost::json::value& resource, std::string_view type) {
  boost::system::error_code ec;
  const auto* conditions = resource.find_pointer("/status/conditions", ec);
  if (conditions == nullptr || !conditions->is_array()) {
    return {};
  }
  for (const auto& each : conditions->get_array()) {
    if (at(each, "/type") == type) {
      const std::string status = at(each, "/status");
      return status == "True" ? status : fmt::format("{} ({})", status, at(each, "/reason"));
    }
  }
  return {};
}

}  // namespace

int resources_list(Session& session, const std::vector<std::string>&) {
  const std::string& kind = session.flag("kind");
  Answer answer;
  if (!session.call("GET", "/v2/resources" + (kind.empty() ? "" : "/" + http::encode_segment(kind)),
                    {}, answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto body = boost::json::parse(answer.body, ec);
  const auto* resources = ec ? nullptr : body.find_pointer("/resources", ec);
  if (session.json() || resources == nullptr || !resources->is_array()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& resource : resources->get_array()) {
    rows.push_back({at(resource, "/kind"), at(resource, "/metadata/name"),
                    at(resource, "/metadata/generation"), condition(resource, "Accepted"),
                    condition(resource, "Ready")});
  }
  fmt::print("{}", format_table({"kind", "name", "generation", "accepted", "ready"}, rows));
  return kOk;
}

int resources_get(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  if (!session.call("GET",
                    "/v2/resources/" + http::encode_segment(positionals[0]) + "/" +
                        http::encode_segment(positionals[1]),
                    {}, answer)) {
    return session.failure();
  }
  fmt::print("{}\n", answer.body);
  return kOk;
}

}  // namespace layer::cli
