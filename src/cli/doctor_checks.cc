#include "cli/doctor_checks.h"

#include <cmath>
#include <cstdlib>

#include <boost/json/parse.hpp>

namespace layer::cli {

boost::json::value parse_body(const std::string& body) {
  boost::system::error_code ec;
  auto value = boost::json::parse(body, ec);
  return ec ? boost::json::value() : value;
}

std::string text_at(const boost::json::value& value, std::string_view name) {
  const auto* member = value.is_object() ? value.as_object().if_contains(name) : nullptr;
  return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
}

const boost::json::array* array_at(const boost::json::value& value, std::string_view name) {
  const auto* member = value.is_object() ? value.as_object().if_contains(name) : nullptr;
  return member == nullptr ? nullptr : member->if_array();
}

Check silent(std::string name, const Error& error) {
  return {std::move(name), Health::kFail, error.message,
          "start it (layer serve --upstream URL) or name its address with --base-url"};
}

std::optional<double> timing_in(const ProbeAnswer& answer, std::string_view entry) {
  const auto header = answer.headers.find("server-timing");
  return header ? timing_of(*header, entry) : std::nullopt;
}

std::optional<double> timing_of(std::string_view server_timing, std::string_view entry) {
  while (const auto element = http::next_list_element(server_timing)) {
    const std::size_t semicolon = element->find(';');
    if (http::trim(element->substr(0, semicolon)) != entry) {
      continue;
    }
    const std::size_t mark = element->find("dur=");
    if (mark == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string number(element->substr(mark + 4));
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    return end != number.c_str() && std::isfinite(value) ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<Check> examine(const Patient& patient) {
  std::vector<Check> checks{check_reachable(patient)};
  if (checks.front().health == Health::kFail) {
    return checks;
  }
  for (const auto check : {check_ready, check_mode, check_store, check_key, check_clock,
                           check_stamps, check_features, check_latency}) {
    checks.push_back(check(patient));
  }
  if (patient.admin != nullptr) {
    checks.push_back(check_parts(*patient.admin));
  }
  return checks;
}

}  // namespace layer::cli
