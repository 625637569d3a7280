// /health, /ready and /metrics. They never ask the store: they tell what the process knows.
// Thread safety: all calls from any thread.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "app/version.h"
#include "core/metrics.h"
#include "http/message.h"

namespace layer::app {

class ServiceRoutes {
 public:
  explicit ServiceRoutes(core::Metrics& metrics, std::string store_kind)
      : metrics_(metrics), store_kind_(std::move(store_kind)) {}

  void set_ready(bool ready) { ready_.store(ready, std::memory_order_relaxed); }

  // The main listener's GET /health and /ready: status and version only. nullopt: not ours.
  std::optional<http::Response> answer_public(const http::Request& request) const;
  // The admin listener's routes, /metrics included.
  std::optional<http::Response> answer_admin(const http::Request& request) const;

 private:
  http::Response health(bool ready_route, bool details) const;

  core::Metrics& metrics_;
  std::string store_kind_;
  std::atomic<bool> ready_{false};
};

// Serves the admin listener.
class AdminHandler final : public http::Handler {
 public:
  explicit AdminHandler(const ServiceRoutes& routes) : routes_(routes) {}
  async::Task<http::Response> handle(http::Request& request) override;
  http::Response failed(const Error& error) override { return http::error_response(error); }

 private:
  const ServiceRoutes& routes_;
};

}  // namespace layer::app
