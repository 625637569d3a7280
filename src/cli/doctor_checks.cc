#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <random>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cli/doctor.h"

namespace layer::cli {
namespace {

constexpr int kLatencyCalls = 20;
constexpr double kAddedMsWarn = 5.0;
// A gateway refuses tokens further ahead than this (rule C3 of the contract).
constexpr std::int64_t kClockSkewMaxS = 5;
constexpr std::int64_t kClockSkewWarnS = 2;  // the header has whole seconds
constexpr std::string_view kList = "/v1/namespaces?page_size=1";

boost::json::value parse(const std::string& body) {
  boost::system::error_code ec;
  auto value = boost::json::parse(body, ec);
  return ec ? boost::json::value() : value;
}

// A member that is a text, or "".
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

std::optional<double> duration(const ProbeAnswer& answer, std::string_view entry) {
  for (std::size_t i = 0; i < answer.headers.size(); ++i) {
    const auto [name, value] = answer.headers[i];
    if (name == "server-timing" || name == "Server-Timing") {
      if (const auto found = timing_of(value, entry)) {
        return found;
      }
    }
  }
  return std::nullopt;
}

Check check_reachable(const Patient& patient) {
  const auto answer = patient.server.send({.target = "/health", .with_key = false});
  if (!answer) {
    return silent("server", answer.error());
  }
  const std::string version = text_at(parse(answer->body), "version");
  if (answer->status != 200 || version.empty()) {
    return {"server", Health::kFail,
            fmt::format("{} answers /health with {}, not as Layer does", patient.server.where(),
                        answer->status),
            "check --base-url: it should be the gateway's address, without a path"};
  }
  return {"server", Health::kOk,
          fmt::format("layer {} at {}, answered in {:.1f} ms", version, patient.server.where(),
                      answer->ms)};
}

Check check_ready(const Patient& patient) {
  const auto answer = patient.server.send({.target = "/ready", .with_key = false});
  if (!answer) {
    return silent("ready", answer.error());
  }
  if (answer->status == 200) {
    return {"ready", Health::kOk, "takes requests"};
  }
  const std::string status = text_at(parse(answer->body), "status");
  return {"ready", Health::kFail, status.empty() ? "not ready" : status,
          status == "draining" ? "it is being shut down: call its successor"
                               : "wait for it to read its resources, or see its log"};
}

Check check_mode(const Patient& patient) {
  const auto bare = patient.server.send({.target = std::string(kList), .with_key = false});
  if (!bare) {
    return silent("mode", bare.error());
  }
  if (!duration(*bare, "layer") && !bare->headers.has("x-layer-served-by") &&
      !bare->headers.has("traceparent")) {
    return {"mode", Health::kWarn, "a store, not a gateway: it adds no timing to its answers",
            "to use gateway features, run layer serve --upstream " + patient.server.where()};
  }
  if (bare->status != 401) {
    return {"mode", Health::kOk, "gateway, open: no key is needed"};
  }
  ProbeRequest wrong{.target = std::string(kList), .with_key = false};
  wrong.headers.add("authorization", "Bearer layer-doctor-not-a-key");
  const auto refused = patient.server.send(wrong);
  const bool own =
      refused && refused->status == 403 && text_at(parse(refused->body), "error") == "forbidden";
  return {"mode", Health::kOk,
          own ? "gateway with keys of its own" : "gateway that passes the caller's key through"};
}

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

Check check_store(const Patient& patient) {
  const auto answer = patient.server.send({.target = std::string(kList)});
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
  return store_fault(answer->status, text_at(parse(answer->body), "error"));
}

Check check_key(const Patient& patient) {
  const auto reading = patient.server.send({.target = std::string(kList)});
  if (!reading) {
    return silent("key", reading.error());
  }
  if (reading->status == 401) {
    return {"key", Health::kFail, patient.has_key ? "refused" : "none given, and one is needed",
            "set --api-key or LAYER_API_KEY to a key of this server"};
  }
  std::random_device device;
  ProbeRequest write{.method = "POST",
                     .target = fmt::format("/v2/namespaces/layer-doctor-{:08x}", device()),
                     .body = R"({"upsert_rows":false})"};
  write.headers.add("content-type", "application/json");
  const auto writing = patient.server.send(write);
  if (!writing) {
    return silent("key", writing.error());
  }
  const bool reads = reading->status != 403;
  const bool writes = writing->status != 401 && writing->status != 403;
  if (!reads && !writes) {
    return {"key", Health::kFail, "refused for reads and writes",
            "use a key with a scope for this store, or mint one"};
  }
  if (!reads || !writes) {
    return {"key", Health::kWarn, reads ? "valid, may read only" : "valid, may not list namespaces",
            reads ? "fine for readers; an application that writes needs a key with write scope"
                  : "fine for one namespace; tools that list need read on all of them"};
  }
  return {"key", Health::kOk, patient.has_key ? "valid, reads and writes" : "none, none needed"};
}

Check check_clock(const Patient& patient) {
  const auto answer = patient.server.send({.target = "/health", .with_key = false});
  const auto date = answer ? answer->headers.find("date") : std::nullopt;
  std::tm parts{};
  if (!date ||
      ::strptime(std::string(*date).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) {
    return {"clock", Health::kWarn, "the server sends no date to compare with"};
  }
  const std::int64_t skew = ::timegm(&parts) - std::time(nullptr);
  const std::int64_t size = std::abs(skew);
  const std::string found =
      fmt::format("{} s {} this machine's", size, skew > 0 ? "ahead of" : "behind");
  constexpr std::string_view kFix = "let both machines keep time by NTP";
  if (size > kClockSkewMaxS) {
    return {"clock", Health::kFail, found, std::string(kFix)};
  }
  if (size > kClockSkewWarnS) {
    return {"clock", Health::kWarn, found, std::string(kFix)};
  }
  return {"clock", Health::kOk, "within 2 s of this machine's"};
}

// Support of a feature in a report of capabilities, "" when it is not in there.
std::string support_of(const boost::json::value& report, std::string_view id) {
  if (const auto* features = array_at(report, "features")) {
    for (const auto& feature : *features) {
      if (text_at(feature, "id") == id) {
        return text_at(feature, "support");
      }
    }
  }
  return {};
}

Check check_stamps(const Patient& patient) {
  const auto stores = patient.server.send({.target = "/v2/vectorstores"});
  const auto listed = stores && stores->status == 200 ? parse(stores->body) : boost::json::value();
  const auto* list = array_at(listed, "vectorstores");
  if (list == nullptr || list->empty()) {
    return {"stamps", Health::kWarn, "not known: the list of stores is not to be had"};
  }
  const std::string name = text_at(list->front(), "name");
  const auto answer = patient.server.send(
      {.target = "/v2/vectorstores/" + http::encode_segment(name) + "/capabilities"});
  const std::string support =
      answer && answer->status == 200 ? support_of(parse(answer->body), "temporal") : "";
  if (support.empty()) {
    return {"stamps", Health::kWarn, "not known: store '" + name + "' has no report"};
  }
  if (support == "unsupported") {
    return {"stamps", Health::kWarn, "off: no temporal filters, no stable reads, no functions",
            "start the gateway without --stamp=off"};
  }
  return {"stamps", Health::kOk, "on: rows written through this gateway carry their time"};
}

Check check_latency(const Patient& patient) {
  std::vector<double> added;
  for (int call = 0; call < kLatencyCalls; ++call) {
    const auto answer = patient.server.send({.target = std::string(kList)});
    if (!answer) {
      return silent("latency", answer.error());
    }
    if (const auto layer = duration(*answer, "layer")) {
      added.push_back(*layer);
    }
  }
  if (added.empty()) {
    return {"latency", Health::kWarn, "not known: answers carry no server-timing"};
  }
  std::ranges::sort(added);
  const double median = added[added.size() / 2];
  const std::string found = fmt::format("the gateway adds {:.2f} ms (median of {}), {:.2f} at most",
                                        median, added.size(), added.back());
  if (median > kAddedMsWarn) {
    return {"latency", Health::kWarn, found, "give the gateway more cores, or look at its load"};
  }
  return {"latency", Health::kOk, found};
}

// What the admin listener knows of the gateway's own parts.
Check check_parts(Prober& admin) {
  const auto answer = admin.send({.target = "/health"});
  if (!answer) {
    return {"parts", Health::kFail, answer.error().message, "check --admin-url"};
  }
  const auto health = parse(answer->body);
  std::string degraded;
  const auto* features = health.is_object() ? health.as_object().if_contains("features") : nullptr;
  if (features != nullptr && features->is_object()) {
    for (const auto& feature : features->as_object()) {
      const auto* state = feature.value().if_string();
      if (state != nullptr && state->starts_with("unavailable")) {
        degraded += fmt::format("{}{} {}", degraded.empty() ? "" : ", ",
                                std::string_view(feature.key()), std::string_view(*state));
      }
    }
  }
  if (const auto* stores = array_at(health, "stores")) {
    for (const auto& store : *stores) {
      if (text_at(store, "breaker") == "open") {
        degraded += fmt::format("{}store {} breaker open", degraded.empty() ? "" : ", ",
                                text_at(store, "name"));
      }
    }
  }
  if (!degraded.empty()) {
    return {"parts", Health::kWarn, degraded, "the reasons name what is missing or unreachable"};
  }
  return {"parts", Health::kOk, "nothing is degraded"};
}

}  // namespace

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
                           check_stamps, check_latency}) {
    checks.push_back(check(patient));
  }
  if (patient.admin != nullptr) {
    checks.push_back(check_parts(*patient.admin));
  }
  return checks;
}

}  // namespace layer::cli
