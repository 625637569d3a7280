// GET /health, /ready and /metrics. Thread safety: as RouteHandler.
#pragma once

#include <optional>

#include "core/metrics.h"
#include "gateway/auth/authenticator.h"
#include "gateway/health.h"
#include "gateway/route_handler.h"
#include "gateway/target.h"

namespace layer::gateway {

// On the main listener /health tells status and version to anyone. Where no admin listener exists
// the whole of it is here, for admins (rule V2 of the contract).
class HealthRoute final : public RouteHandler {
 public:
  struct AdminHere {
    Authenticator& auth;
    Targets& targets;
  };
  explicit HealthRoute(const Health& health, std::optional<AdminHere> admin = std::nullopt)
      : health_(health), admin_(admin) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const Health& health_;
  std::optional<AdminHere> admin_;
};

// To anyone: status and version, or where no admin listener exists the whole of it.
class ReadyRoute final : public RouteHandler {
 public:
  ReadyRoute(const Health& health, bool details) : health_(health), details_(details) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const Health& health_;
  const bool details_;
};

class MetricsRoute final : public RouteHandler {
 public:
  explicit MetricsRoute(const core::Metrics& metrics) : metrics_(metrics) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  const core::Metrics& metrics_;
};

// The admin listener: the whole of /health, /ready and /metrics, without keys.
class AdminHandler final : public http::Handler {
 public:
  AdminHandler(const Health& health, const core::Metrics& metrics)
      : health_(health), metrics_(metrics) {}
  async::Task<http::Response> handle(http::Request& request) override;
  http::Response failed(const Error& error) override;

 private:
  const Health& health_;
  const core::Metrics& metrics_;
};

}  // namespace layer::gateway
