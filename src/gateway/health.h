// What the process knows of itself, for /health and /ready (rules V1 to V3 of the contract).
// Nothing here asks a store, cache or database: it is the last known state. Thread safety: all of
// it, from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "cache/document_cache.h"
#include "features/warm/warm_states.h"
#include "http/message.h"
#include "json/writer.h"

namespace layer::gateway {

class Health {
 public:
  struct StoreState {
    std::string name;
    bool breaker_open = false;
  };
  struct QueueState {
    std::string kind = "off";
    bool ok = true;
  };
  // State of a deployment feature: "on", "off" or "unavailable:<reason>".
  struct Feature {
    std::string id;
    std::function<std::string()> state;
  };
  struct Parts {
    std::string version;
    std::string gateway_id;
    std::function<std::vector<StoreState>()> stores;
    std::string object_store_kind = "off";
    std::function<QueueState()> queue;
    std::function<bool()> object_store_ok = [] { return true; };
    std::vector<Feature> features{};
    std::function<cache::CacheStatus()> cache{};  // none: off
    std::function<std::vector<features::warm::WarmState>()> warmth{};
  };
  explicit Health(Parts parts) : parts_(std::move(parts)) {}

  enum class Phase : std::uint8_t { kStarting, kReady, kDraining };
  void enter(Phase phase) { phase_.store(phase, std::memory_order_relaxed); }
  Phase phase() const { return phase_.load(std::memory_order_relaxed); }

  http::Response health(bool details) const;
  // 503 until the process is ready and again once it drains.
  http::Response ready(bool details) const;

 private:
  std::string print_details() const;
  void print_cache(json::Writer& out) const;
  void print_warmth(json::Writer& out) const;

  Parts parts_;
  std::atomic<Phase> phase_{Phase::kStarting};
};

}  // namespace layer::gateway
