#include "app/process.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "app/gateway_serving.h"
#include "app/machine.h"
#include "app/server_metrics.h"
#include "app/store_serving.h"
#include "app/version.h"
#include "async/signals.h"
#include "gateway/metrics_table.h"
#include "http/server.h"

namespace layer::app {
namespace {

using gateway::Metric;

constexpr auto kMarkerPeriod = std::chrono::milliseconds(500);

int complain(const StartFailure& failure) {
  for (const Error& fault : failure.faults) {
    fmt::print(stderr, "layer: {}\n", fault.message);
  }
  return failure.exit_code;
}

// Members are destroyed in reverse: listeners first, then what they serve, then the machine.
class Process {
 public:
  Process(Role role, const Config& config) : role_(role), config_(config), machine_(config) {}

  Started<void> start(const OpenEngine& open_engine);
  int serve();

 private:
  Result<void> listen();
  Result<void> write_port_file() const;
  void declare_gauges();
  std::string url() const;
  void announce() const;
  void begin_stop(std::string_view cause);
  void drain();
  void watch_marker();
  void stop_all();

  Role role_;
  const Config& config_;
  Machine machine_;
  std::unique_ptr<Serving> serving_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> admin_server_;
  async::Loop control_{1};
  async::Timer marker_timer_{control_.get_executor()};
  std::jthread stopper_;
  bool orderly_ = true;
};

Started<void> Process::start(const OpenEngine& open_engine) {
  auto serving = role_ == kStore ? open_store(config_, machine_, open_engine)
                                 : open_gateway(role_, config_, machine_, open_engine);
  if (!serving) {
    return std::unexpected(std::move(serving).error());
  }
  serving_ = std::move(*serving);
  if (auto listening = listen(); !listening) {
    stop_all();
    return cannot_start(std::move(listening).error());
  }
  declare_gauges();
  if (auto written = write_port_file(); !written) {
    return cannot_start(std::move(written).error());
  }
  serving_->ready(url());
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
    LAYER_ASSIGN(admin_server_,
                 http::Server::start(admin, machine_.loops, serving_->admin_handler()));
  }
  LAYER_ASSIGN(server_,
               http::Server::start(std::move(options), machine_.loops, serving_->main_handler()));
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
  core::Metrics& metrics = machine_.metrics;
  metrics.gauge(gateway::spec(Metric::kHttpConnections), {"open"},
                [this] { return static_cast<double>(server_->connections()); });
  metrics.gauge(gateway::spec(Metric::kEngineQueue),
                [this] { return static_cast<double>(machine_.engine_pool.queued()); });
  metrics.gauge(gateway::spec(Metric::kResident), resident_bytes);
  metrics.gauge(gateway::spec(Metric::kBuildInfo), {version(), commit()}, [] { return 1.0; });
}

std::string Process::url() const {
  const std::string_view scheme = config_.tls_cert.empty() ? "http" : "https";
  return fmt::format("{}://{}", scheme, server_->bound_address());
}

void Process::announce() const {
  std::string line =
      fmt::format(R"({{"event":"ready","url":"{}","port":{})", url(), server_->port());
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
        url());
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
    machine_.log.warn("stopped by a second signal");
    machine_.log.flush();
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
  machine_.log.info("draining", {{"cause", cause}, {"requests", server_->requests_in_flight()}});
  serving_->drain();
  stopper_ = std::jthread([this] {
    drain();
    control_.stop();
  });
}

// Requests are served for the delay, and while workers finish. A gateway then refuses new ones in
// its own words while the rest of the process finishes those it has; a store just closes its
// listener.
void Process::drain() {
  const auto begun = async::SteadyClock::now();
  serving_->finish_workers();
  const async::Duration left = config_.drain_delay - (async::SteadyClock::now() - begun);
  const async::Duration delay = std::max(left, async::Duration::zero());
  const auto refuse = [this] { return serving_->refuse(config_.drain_timeout); };
  orderly_ = server_->stop(delay, config_.drain_timeout, refuse);
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
  machine_.engine_pool.stop();
  machine_.codec_pool.stop();
  serving_->stop();
  machine_.disk_pool.stop();
  machine_.log.info("stopped", {{"orderly", orderly_}});
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
