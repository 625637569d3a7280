#include "cli/probe.h"

#include <fmt/format.h>

#include "async/run.h"

namespace layer::cli {
namespace {

constexpr std::uint64_t kAnswerBytesMax = 1ULL << 30U;

}  // namespace

Prober::Prober(http::BaseUrl base, std::string api_key, std::chrono::milliseconds time_max)
    : base_(std::move(base)),
      api_key_(std::move(api_key)),
      time_max_(time_max),
      loops_(1, "probe") {}

Prober::~Prober() {
  // The client belongs to its loop.
  async::run_blocking(loops_.at(0), [this]() -> async::Task<void> {
    client_.reset();
    co_return;
  });
}

Result<std::unique_ptr<Prober>> Prober::make(http::BaseUrl base, std::string api_key,
                                             std::chrono::milliseconds time_max) {
  http::ClientOptions options;
  options.connect_time_max = std::chrono::seconds(5);
  options.progress_time_max = time_max;
  if (base.origin.tls) {
    LAYER_ASSIGN(options.tls, http::make_client_tls());
  }
  std::unique_ptr<Prober> prober(new Prober(std::move(base), std::move(api_key), time_max));
  prober->client_ = std::make_unique<http::Client>(prober->loops_.at(0), std::move(options));
  return prober;
}

Result<ProbeAnswer> Prober::send(const ProbeRequest& request) {
  http::ClientRequest outgoing;
  outgoing.method = request.method;
  outgoing.target = base_.prefix + request.target;
  outgoing.headers = request.headers;
  if (request.with_key && !api_key_.empty()) {
    outgoing.headers.add("authorization", "Bearer " + api_key_);
  }
  outgoing.body = request.body;
  outgoing.total_time_max = time_max_;
  const auto begun = std::chrono::steady_clock::now();
  return async::run_blocking(loops_.at(0), [&]() -> async::Task<Result<ProbeAnswer>> {
    LAYER_CO_ASSIGN(auto response, co_await client_->send(base_.origin, std::move(outgoing)));
    LAYER_CO_ASSIGN(std::string body, co_await http::read_all(*response.body, kAnswerBytesMax));
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - begun;
    co_return ProbeAnswer{response.status, std::move(response.headers), std::move(body),
                          taken.count()};
  });
}

std::string Prober::where() const {
  return fmt::format("{}://{}{}", base_.origin.tls ? "https" : "http", base_.origin.authority(),
                     base_.prefix);
}

}  // namespace layer::cli
