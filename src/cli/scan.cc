// `layer scan NS --ids|--values FIELD` and `layer values NS FIELD`: which ids, which values.
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/line_job.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

std::string quoted(const std::string& text) {
  return json::serialize(json::string(text));
}

// The members that both modes take. False: a flag is wrong, and that was said.
bool append_members(const Session& session, std::string& body) {
  if (!session.filters_are_json()) {
    return false;
  }
  if (const std::string& filters = session.flag("filters"); !filters.empty()) {
    body += R"(,"filters":)" + filters;
  }
  if (const std::string& source = session.flag("source"); !source.empty()) {
    body += R"(,"source":)" + quoted(source);
  }
  return true;
}

// "812  drama", a line each.
std::string value_rows(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    boost::system::error_code ec;
    const auto line = json::parse(lines.substr(0, end), ec);
    if (!ec && line.is_object() && line.as_object().contains("v") &&
        line.as_object().contains("n")) {
      const auto& v = line.as_object().at("v");
      out += fmt::format("{:>12}  {}\n", json::serialize(line.as_object().at("n")),
                         v.is_string() ? std::string(v.as_string()) : json::serialize(v));
    }
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return out;
}

std::string scans_of(const std::string& ns) {
  return "/v2/namespaces/" + http::encode_segment(ns) + "/scans";
}

int run_values(Session& session, const std::string& ns, const std::string& field, bool as_rows) {
  std::string body = R"({"mode":"values","field":)" + quoted(field);
  if (!append_members(session, body)) {
    return kUsage;
  }
  LineJob job{.jobs_target = scans_of(ns), .body = body + "}", .unit = "values"};
  if (as_rows) {
    job.format = value_rows;
  }
  return run_line_job(session, job);
}

}  // namespace

int scan(Session& session, const std::vector<std::string>& positionals) {
  const std::string& field = session.flag("values");
  const bool ids = !session.flag("ids").empty();
  if (ids != field.empty()) {
    fmt::print(stderr, "layer: scan: give --ids or --values FIELD\n");
    return kUsage;
  }
  if (!ids) {
    return run_values(session, positionals[0], field, false);
  }
  std::string body = R"({"mode":"ids","page_size":10000)";
  if (!append_members(session, body)) {
    return kUsage;
  }
  return run_line_job(session,
                      {.jobs_target = scans_of(positionals[0]), .body = body + "}", .unit = "ids"});
}

int values(Session& session, const std::vector<std::string>& positionals) {
  const bool to_file = !session.flag("out").empty() && session.flag("out") != "-";
  return run_values(session, positionals[0], positionals[1], !session.json() && !to_file);
}

}  // namespace layer::cli
