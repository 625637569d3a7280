// The store's API over HTTP: checks a request's key, asks the store, writes the access line. Knows
// nothing of what a request means. Thread safety: handle() on any loop, concurrently.
#pragma once

#include <cstddef>

#include "app/auth.h"
#include "app/server_metrics.h"
#include "app/service_routes.h"
#include "core/log.h"
#include "http/message.h"
#include "store/vector_store.h"

namespace layer::app {

class ApiHandler final : public http::Handler {
 public:
  struct Parts {
    store::VectorStore& store;
    const Auth& auth;
    const ServiceRoutes& service;
    ServerMetrics& metrics;
    core::Logger& log;
    bool access_log;
    bool admin_here;  // the admin routes are on this listener too
  };
  explicit ApiHandler(Parts parts) : parts_(parts) {}

  async::Task<http::Response> handle(http::Request& request) override;
  http::Response failed(const Error& error) override;

 private:
  async::Task<http::Response> answer(http::Request& request, std::size_t& bytes_in);

  Parts parts_;
};

}  // namespace layer::app
