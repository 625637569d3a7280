#include "cli/doctor_checks.h"

#include <random>

#include <fmt/format.h>

namespace layer::cli {

Check check_reachable(const Patient& patient) {
  const auto answer = patient.server.send({.target = "/health", .with_key = false});
  if (!answer) {
    return silent("server", answer.error());
  }
  const std::string version = text_at(parse_body(answer->body), "version");
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
  const std::string status = text_at(parse_body(answer->body), "status");
  return {"ready", Health::kFail, status.empty() ? "not ready" : status,
          status == "draining" ? "it is being shut down: call its successor"
                               : "wait for it to read its resources, or see its log"};
}

Check check_mode(const Patient& patient) {
  const auto bare = patient.server.send({.target = std::string(kDoctorList), .with_key = false});
  if (!bare) {
    return silent("mode", bare.error());
  }
  if (!timing_in(*bare, "layer") && !bare->headers.has("x-layer-served-by") &&
      !bare->headers.has("traceparent")) {
    return {"mode", Health::kWarn, "a store, not a gateway: it adds no timing to its answers",
            "to use gateway features, run layer serve --upstream " + patient.server.where()};
  }
  if (bare->status != 401) {
    return {"mode", Health::kOk, "gateway, open: no key is needed"};
  }
  ProbeRequest wrong{.target = std::string(kDoctorList), .with_key = false};
  wrong.headers.add("authorization", "Bearer layer-doctor-not-a-key");
  const auto refused = patient.server.send(wrong);
  const bool own = refused && refused->status == 403 &&
                   text_at(parse_body(refused->body), "error") == "forbidden";
  return {"mode", Health::kOk,
          own ? "gateway with keys of its own" : "gateway that passes the caller's key through"};
}

Check check_key(const Patient& patient) {
  const auto reading = patient.server.send({.target = std::string(kDoctorList)});
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

// What the admin listener knows of the gateway's own parts.
Check check_parts(Prober& admin) {
  const auto answer = admin.send({.target = "/health"});
  if (!answer) {
    return {"parts", Health::kFail, answer.error().message, "check --admin-url"};
  }
  const auto health = parse_body(answer->body);
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

}  // namespace layer::cli
