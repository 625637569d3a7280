#include <algorithm>

#include <fmt/format.h>

#include "cli/doctor.h"
#include "json/writer.h"

namespace layer::cli {
namespace {

std::string_view name_of(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarn:
      return "warn";
    case Health::kFail:
      return "fail";
  }
  return "fail";
}

}  // namespace

bool healthy(const std::vector<Check>& checks) {
  return std::ranges::none_of(checks, [](const Check& c) { return c.health == Health::kFail; });
}

std::string print_as_text(const std::vector<Check>& checks) {
  std::string out;
  for (const Check& check : checks) {
    fmt::format_to(std::back_inserter(out), "{:<5} {:<9} {}\n", name_of(check.health), check.name,
                   check.found);
    if (!check.fix.empty()) {
      fmt::format_to(std::back_inserter(out), "{:<15} fix: {}\n", "", check.fix);
    }
  }
  return out;
}

std::string print_as_json(const std::vector<Check>& checks) {
  json::Writer out;
  out.begin_object().member("healthy", healthy(checks)).key("checks").begin_array();
  for (const Check& check : checks) {
    out.begin_object()
        .member("name", check.name)
        .member("state", name_of(check.health))
        .member("found", check.found);
    if (!check.fix.empty()) {
      out.member("fix", check.fix);
    }
    out.end_object();
  }
  out.end_array().end_object();
  return std::move(out).take() + "\n";
}

}  // namespace layer::cli
