#include "features/functions/print_function.h"

#include <utility>

namespace layer::features::functions {

void write_function(json::Writer& out, const RegisteredFunction& function) {
  out.begin_object().member("id", function.id);
  out.key("spec").raw(print_spec(function.spec));
  out.member("paused", function.paused);
  out.member("created_at", function.created_at_ms);
  out.member("updated_at", function.updated_at_ms).end_object();
}

std::string print_status(const FunctionStatus& status, std::int64_t now_ms) {
  const RegisteredFunction& function = status.function;
  const queue::FunctionCounts& counts = status.counts;
  json::Writer out;
  out.begin_object().member("udf_id", function.id).member("paused", function.paused);
  out.key("active_namespaces").begin_array();
  for (const std::string& ns : status.namespaces) {
    out.value(ns);
  }
  out.end_array();
  const DiscoveryStatus& discovery = status.discovery;
  out.key("discovery").begin_object().member("sweeps_completed", discovery.sweeps_completed);
  out.key("last_completed_at");
  if (discovery.last_completed_at_ms) {
    out.value(*discovery.last_completed_at_ms);
  } else {
    out.null();
  }
  if (!discovery.pause_reason.empty()) {
    out.member("pause_reason", discovery.pause_reason);
  }
  out.member("consecutive_failures", discovery.consecutive_failures).end_object();
  out.key("counts").begin_object().member("pending", counts.pending);
  out.member("leased", counts.leased).member("failed", counts.failed).end_object();
  out.member("pending_count", counts.pending).member("processing_count", counts.leased);
  out.member("failed_count", counts.failed);
  if (function.throttled_until_ms > now_ms) {
    out.member("throttled_until", function.throttled_until_ms);
  }
  out.member("indexed_rate_per_min", status.completed_per_minute);
  out.member("rate_window_seconds", std::chrono::seconds(kRateWindow).count());
  out.end_object();
  return std::move(out).take();
}

void write_item(json::Writer& out, const queue::Item& item) {
  out.begin_object().member("namespace", item.key.ns).key("id");
  write_id(out, item.key);
  out.member("state", name(item.state)).member("attempts", item.attempts);
  if (!item.error.empty()) {
    out.member("error", item.error);
  }
  if (item.state == queue::ItemState::kPending) {
    out.member("next_attempt_at", item.due_at_ms);
  }
  out.end_object();
}

void write_id(json::Writer& out, const queue::ItemKey& key) {
  if (key.id_kind == queue::IdKind::kUint) {
    out.raw(key.id);
  } else {
    out.value(key.id);
  }
}

}  // namespace layer::features::functions
