#include "app/process.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "app/api_handler.h"
#include "async/signals.h"
#include "engine/engine.h"
#include "http/server.h"
#include "store/embedded/embedded_store.h"

namespace layer::app {
namespace {

using core::MetricKind;
using core::MetricSpec;

constexpr auto kMarkerPeriod = std::chrono::milliseconds(500);
const MetricSpec kConnections{"layer_http_connections", MetricKind::kGauge, "open connections"};
const MetricSpec kInFlight{"layer_http_requests_in_flight", MetricKind::kGauge,
                           "requests being served"};
const MetricSpec kQueued{"layer_engine_queue_jobs", MetricKind::kGauge,
                         "requests that wait for an engine thread"};
const MetricSpec kResident{"process_resident_memory_bytes", MetricKind::kGauge, "resident memory"};

int complain(const Error& error) {
  fmt::print(stderr, "layer: {}\n", error.message);
  return 1;
}

// Everything one server process is made of. Members are destroyed in reverse: listeners first, then
// pools and loops, then the engine.
class Process {
 public:
  Process(Role role, const Config& config)
      : role_(role),
        config_(config),
        log_({.level = config.log_level, .format = config.log_format}),
        server_metrics_(metrics_),
        auth_(config.api_keys) {}

  Result<void> start(const OpenEngine& open_engine);
  int serve();

 private:
  Result<void> listen();
  Result<void> write_port_file() const;
  void declare_gauges();
  void announce() const;
  void begin_stop(std::string_view cause);
  void watch_marker();
  void stop_all();

  Role role_;
  const Config& config_;
  core::Logger log_;
  core::Metrics metrics_;
  ServerMetrics server_metrics_;
  Auth auth_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<async::Loops> loops_;
  std::unique_ptr<async::CpuPool> engine_pool_;
  std::unique_ptr<async::CpuPool> codec_pool_;
  std::unique_ptr<store::EmbeddedStore> store_;
  std::unique_ptr<ServiceRoutes> routes_;
  std::unique_ptr<ApiHandler> api_;
  std::unique_ptr<AdminHandler> admin_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> admin_server_;
  async::Loop control_{1};
  async::Timer marker_timer_{control_.get_executor()};
  std::jthread stopper_;
  bool orderly_ = true;
};

Result<void> Process::start(const OpenEngine& open_engine) {
  LAYER_ASSIGN(engine_, open_engine(config_, log_));
  loops_ = std::make_unique<async::Loops>(config_.threads);
  engine_pool_ = std::make_unique<async::CpuPool>(async::CpuPool::Options{
      .name = "engine", .threads = config_.engine_threads, .queue_max = config_.engine_queue_max});
  codec_pool_ = std::make_unique<async::CpuPool>(async::CpuPool::Options{.name = "codec"});
  store_ = std::make_unique<store::EmbeddedStore>(
      store::EmbeddedStore::Parts{.engine = *engine_,
                                  .engine_pool = *engine_pool_,
                                  .codec_pool = *codec_pool_,
                                  .log = log_,
                                  .body_bytes_max = config_.body_bytes_max});
  routes_ = std::make_unique<ServiceRoutes>(metrics_, std::string(store_->kind()));
  api_ = std::make_unique<ApiHandler>(ApiHandler::Parts{.store = *store_,
                                                        .auth = auth_,
                                                        .service = *routes_,
                                                        .metrics = server_metrics_,
                                                        .log = log_,
                                                        .access_log = config_.access_log,
                                                        .admin_here = !config_.admin_listen});
  admin_ = std::make_unique<AdminHandler>(*routes_);
  LAYER_TRY(listen());
  declare_gauges();
  LAYER_TRY(write_port_file());
  routes_->set_ready(true);
  announce();
  return {};
}

Result<void> Process::listen() {
  http::ServerOptions options{.address = config_.listen.host,
                              .port = config_.listen.port,
                              .body_bytes_max = config_.body_bytes_max,
                              .idle_time_max = config_.idle_time_max,
                              .connections_max = config_.connections_max};
  if (!config_.tls_cert.empty()) {
    LAYER_ASSIGN(options.tls, http::make_server_tls(config_.tls_cert, config_.tls_key));
  }
  if (config_.admin_listen) {
    const http::ServerOptions admin{.address = config_.admin_listen->host,
                                    .port = config_.admin_listen->port};
    LAYER_ASSIGN(admin_server_, http::Server::start(admin, *loops_, *admin_));
  }
  LAYER_ASSIGN(server_, http::Server::start(std::move(options), *loops_, *api_));
  return {};
}

// Written beside and renamed, so a reader never sees half a number.
Result<void> Process::write_port_file() const {
  if (config_.port_file.empty()) {
    return {};
  }
  const std::string draft = config_.port_file + ".tmp";
  std::ofstream(draft) << server_->port() << '\n';
  std::error_code ec;
  std::filesystem::rename(draft, config_.port_file, ec);
  if (ec) {
    return fail(ErrorCode::kIo, fmt::format("cannot write the port file '{}': {}",
                                            config_.port_file, ec.message()));
  }
  return {};
}

void Process::declare_gauges() {
  metrics_.gauge(kConnections, [this] { return static_cast<double>(server_->connections()); });
  metrics_.gauge(kInFlight, [this] { return static_cast<double>(server_->requests_in_flight()); });
  metrics_.gauge(kQueued, [this] { return static_cast<double>(engine_pool_->queued()); });
  metrics_.gauge(kResident, resident_bytes);
}

void Process::announce() const {
  const std::string_view scheme = config_.tls_cert.empty() ? "http" : "https";
  const std::string url = fmt::format("{}://{}", scheme, server_->bound_address());
  std::string line = fmt::format(R"({{"event":"ready","url":"{}","port":{})", url, server_->port());
  if (admin_server_) {
    line += fmt::format(R"(,"admin_url":"http://{}")", admin_server_->bound_address());
  }
  fmt::print("{},\"pid\":{}}}\n", line, ::getpid());
  if (role_ == kUp) {
    fmt::print(
        "\nTry it:\n"
        "  curl -s {0}/v2/namespaces/demo -d "
        "'{{\"upsert_rows\":[{{\"id\":1,\"title\":\"hello\"}}]}}'\n"
        "  curl -s {0}/v2/namespaces/demo/query -d "
        "'{{\"rank_by\":[\"id\",\"asc\"],\"top_k\":10,\"include_attributes\":true}}'\n"
        "  layer ns list --base-url {0}\n",
        url);
  }
  std::fflush(stdout);
}

int Process::serve() {
  const async::StopSignals signals(control_, [this](int count) {
    if (count == 1) {
      begin_stop("signal");
      return;
    }
    // Acknowledged writes are on the disk already; nothing else is worth waiting for.
    log_.warn("stopped by a second signal");
    log_.flush();
    std::_Exit(1);
  });
  if (!config_.drain_marker.empty()) {
    watch_marker();
  }
  control_.run();
  stopper_.join();
  stop_all();
  return orderly_ ? 0 : 1;
}

void Process::begin_stop(std::string_view cause) {
  if (stopper_.joinable()) {
    return;
  }
  log_.info("draining", {{"cause", cause}, {"requests", server_->requests_in_flight()}});
  routes_->set_ready(false);
  stopper_ = std::jthread([this] {
    orderly_ = server_->stop(config_.drain_delay, config_.drain_timeout);
    control_.stop();
  });
}

void Process::watch_marker() {
  marker_timer_.expires_after(kMarkerPeriod);
  marker_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) {
      return;
    }
    std::error_code ec;
    if (std::filesystem::exists(config_.drain_marker, ec)) {
      begin_stop("marker file");
      return;
    }
    watch_marker();
  });
}

void Process::stop_all() {
  if (admin_server_) {
    admin_server_->stop({}, {});
  }
  engine_pool_->stop();
  codec_pool_->stop();
  engine_->stop();
  log_.info("stopped", {{"orderly", orderly_}});
}

}  // namespace

int run_server(Role role, const Config& config, const OpenEngine& open_engine) {
  Process process(role, config);
  if (const auto started = process.start(open_engine); !started) {
    return complain(started.error());
  }
  return process.serve();
}

}  // namespace layer::app
