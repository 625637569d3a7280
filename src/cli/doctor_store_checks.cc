#include "cli/doctor_checks.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::cli {
namespace {

Check store_fault(int status, const std::string& error) {
  if (error == "store_unavailable") {
    return {"store", Health::kFail, "the gateway has stopped calling it: too many calls failed",
            "check the store; the gateway tries again by itself every few seconds"};
  }
  if (status == 502) {
    return {"store", Health::kFail, "the gateway cannot reach it",
            "check --upstream and the network between gateway and store"};
  }
  if (status == 504 || status == 408) {
    return {"store", Health::kFail, "it does not answer in time",
            "check the store's load and --upstream"};
  }
  return {"store", Health::kWarn,
          fmt::format("a list of namespaces is answered with {} {}", status, error),
          "see the store's own status page or log"};
}

// The name of some namespace, "" when there is none to be had.
std::string some_namespace(const Patient& patient) {
  const auto answer = patient.server.send({.target = std::string(kDoctorList)});
  const auto page =
      answer && answer->status == 200 ? parse_body(answer->body) : boost::json::value();
  const auto* list = array_at(page, "namespaces");
  return list == nullptr || list->empty() ? "" : text_at(list->front(), "id");
}

// Where a report of features is: of a namespace, which every reader of it may see, else of the
// first store.
std::string report_target(const Patient& patient) {
  if (const std::string name = some_namespace(patient); !name.empty()) {
    return "/v2/namespaces/" + http::encode_segment(name) + "/capabilities";
  }
  const auto stores = patient.server.send({.target = "/v2/vectorstores"});
  const auto listed =
      stores && stores->status == 200 ? parse_body(stores->body) : boost::json::value();
  const auto* list = array_at(listed, "vectorstores");
  const std::string store = list != nullptr && !list->empty() ? text_at(list->front(), "name") : "";
  return "/v2/vectorstores/" + http::encode_segment(store.empty() ? "default" : store) +
         "/capabilities";
}

}  // namespace

Check check_store(const Patient& patient) {
  const auto answer = patient.server.send({.target = std::string(kDoctorList)});
  if (!answer) {
    return silent("store", answer.error());
  }
  if (answer->status == 200) {
    return {"store", Health::kOk,
            fmt::format("reachable, lists namespaces in {:.1f} ms", answer->ms)};
  }
  if (answer->status == 401 || answer->status == 403) {
    return {"store", Health::kWarn, "not known: the key was refused first"};
  }
  return store_fault(answer->status, text_at(parse_body(answer->body), "error"));
}

Check check_stamps(const Patient& patient) {
  const std::string name = some_namespace(patient);
  if (name.empty()) {
    return {"stamps", Health::kOk, "not known: there is no namespace yet to ask about"};
  }
  const auto answer = patient.server.send(
      {.target = "/v2/namespaces/" + http::encode_segment(name) + "/metadata?layer=true"});
  const auto metadata =
      answer && answer->status == 200 ? parse_body(answer->body) : boost::json::value();
  const auto* block = metadata.is_object() ? metadata.as_object().if_contains("layer") : nullptr;
  const auto* stamp =
      block != nullptr && block->is_object() ? block->as_object().if_contains("stamp") : nullptr;
  if (stamp == nullptr || !stamp->is_bool()) {
    return {"stamps", Health::kWarn, "not known: metadata says nothing of them"};
  }
  if (!stamp->as_bool()) {
    return {"stamps", Health::kWarn,
            fmt::format("off for '{}': rows do not carry the time they were written", name),
            "start the gateway without --stamp=off, unless that is wanted"};
  }
  return {"stamps", Health::kOk, "on: rows written through this gateway carry their time"};
}

// What the store and this version cannot do together is no fault, but good to know.
Check check_features(const Patient& patient) {
  const std::string target = report_target(patient);
  const auto answer = patient.server.send({.target = target});
  if (answer && (answer->status == 401 || answer->status == 403)) {
    return {"features", Health::kOk, "not known: this key may not see the report"};
  }
  const auto report =
      answer && answer->status == 200 ? parse_body(answer->body) : boost::json::value();
  const auto* features = array_at(report, "features");
  if (features == nullptr) {
    return {"features", Health::kWarn, "not known: there is no report at " + target};
  }
  const auto missing = std::ranges::count_if(
      *features, [](const auto& each) { return text_at(each, "support") == "unsupported"; });
  return {
      "features", Health::kOk,
      fmt::format("{} of {} are served here: GET {}",
                  static_cast<std::int64_t>(features->size()) - missing, features->size(), target)};
}

}  // namespace layer::cli
