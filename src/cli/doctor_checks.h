// The checks of `layer doctor`, one function each, and what they share in reading answers.
// Thread safety: as Patient. Each asks anew, so a check tells what is true when it runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "cli/doctor.h"

namespace layer::cli {

inline constexpr std::string_view kDoctorList = "/v1/namespaces?page_size=1";

// What the server itself says: doctor_server_checks.cc.
Check check_reachable(const Patient& patient);
Check check_ready(const Patient& patient);
Check check_mode(const Patient& patient);
Check check_key(const Patient& patient);
Check check_parts(Prober& admin);  // of the admin listener
// What stands behind it: doctor_store_checks.cc.
Check check_store(const Patient& patient);
Check check_stamps(const Patient& patient);
Check check_features(const Patient& patient);
// What is measured: doctor_measures.cc.
Check check_clock(const Patient& patient);
Check check_latency(const Patient& patient);

// A parsed body; null when it is not JSON.
boost::json::value parse_body(const std::string& body);
// A member that is a text, or "".
std::string text_at(const boost::json::value& value, std::string_view name);
// A member that is a list, or nullptr.
const boost::json::array* array_at(const boost::json::value& value, std::string_view name);
// The time a server-timing entry of the answer names, in ms.
std::optional<double> timing_in(const ProbeAnswer& answer, std::string_view entry);
// The check of a server that does not answer.
Check silent(std::string name, const Error& error);

}  // namespace layer::cli
