#include "gateway/health.h"

#include "json/writer.h"

namespace layer::gateway {
namespace {

std::string short_form(std::string_view status, std::string_view version) {
  json::Writer out;
  out.begin_object().member("status", status).member("version", version).end_object();
  return std::move(out).take();
}

}  // namespace

http::Response Health::health(bool details) const {
  return http::json_response(200, details ? print_details() : short_form("ok", parts_.version));
}

http::Response Health::ready(bool details) const {
  switch (phase()) {
    case Phase::kStarting:
      return http::json_response(503, short_form("starting", parts_.version));
    case Phase::kDraining:
      return http::json_response(503, short_form("draining", parts_.version));
    case Phase::kReady:
      break;
  }
  return health(details);
}

std::string Health::print_details() const {
  json::Writer out;
  out.begin_object();
  out.member("status", "ok").member("version", parts_.version);
  out.member("gateway", parts_.gateway_id);
  print_cache(out);
  print_warmth(out);
  out.key("stores").begin_array();
  for (const StoreState& store : parts_.stores()) {
    out.begin_object().member("name", store.name);
    out.member("breaker", store.breaker_open ? "open" : "closed").end_object();
  }
  out.end_array();
  const QueueState queue = parts_.queue ? parts_.queue() : QueueState{};
  out.key("queue").begin_object();
  out.member("kind", queue.kind).member("ok", queue.ok).end_object();
  out.key("object_store").begin_object();
  out.member("kind", parts_.object_store_kind).member("ok", parts_.object_store_ok()).end_object();
  out.key("features").begin_object();
  for (const Feature& feature : parts_.features) {
    out.member(feature.id, feature.state());
  }
  out.end_object();
  out.end_object();
  return std::move(out).take();
}

void Health::print_warmth(json::Writer& out) const {
  out.key("cache_state").begin_array();
  if (parts_.warmth) {
    for (const features::warm::WarmState& state : parts_.warmth()) {
      out.begin_object();
      out.member("namespace", state.ns);
      out.member("state", features::warm::name(state.warmth));
      if (state.warmed_through_ms) {
        out.member("warmed_through", *state.warmed_through_ms);
      }
      out.member("warm_inflight", state.in_flight);
      out.member("certified", state.certified);
      out.end_object();
    }
  }
  out.end_array();
}

// The block `aerospike` describes the shared cache whatever its kind (rule V1 of the contract).
void Health::print_cache(json::Writer& out) const {
  const cache::CacheStatus status =
      parts_.cache ? parts_.cache() : cache::CacheStatus{.kind = "off", .state = "off"};
  out.key("aerospike").begin_object();
  out.member("connected", status.state == "on").member("generation", status.generation);
  if (!status.last_error.empty()) {
    out.member("last_error", status.last_error);
  }
  out.end_object();
  out.key("cache").begin_object();
  out.member("kind", status.kind).member("state", status.state).member("epoch", status.epoch);
  out.end_object();
}

}  // namespace layer::gateway
