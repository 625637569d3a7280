// The store's API over HTTP: takes an HTTP request apart, checks its key, decodes its body, asks
// the store, encodes the answer, writes the access line. Knows nothing of what a request means.
// Thread safety: handle() on any loop, concurrently. Compression of large bodies runs on a pool.
#pragma once

#include <cstdint>

#include "app/auth.h"
#include "app/server_metrics.h"
#include "app/service_routes.h"
#include "async/cpu_pool.h"
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
    async::CpuPool& codec_pool;
    ServerMetrics& metrics;
    core::Logger& log;
    std::uint64_t body_bytes_max;
    bool access_log;
    bool admin_here;  // the admin routes are on this listener too
  };
  explicit ApiHandler(Parts parts) : parts_(parts) {}

  async::Task<http::Response> handle(http::Request& request) override;
  http::Response failed(const Error& error) override;

 private:
  async::Task<http::Response> answer(http::Request& request, std::size_t& bytes_in);
  async::Task<Result<std::string>> read_body(http::Request& request);
  async::Task<> encode(const http::Request& request, http::Response& response);

  Parts parts_;
};

}  // namespace layer::app
