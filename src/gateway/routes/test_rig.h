// A route handler between a caller and a store, both played by the test. Thread safety: one test.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/cpu_pool.h"
#include "async/loops.h"
#include "async/run.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/signer.h"
#include "features/freshness/hybrid_clock.h"
#include "features/freshness/signing_keys.h"
#include "features/legs/legs.h"
#include "features/search/searcher.h"
#include "gateway/auth/auth_policy.h"
#include "gateway/auth/authenticator.h"
#include "gateway/namespace_settings.h"
#include "gateway/proxy.h"

namespace layer::gateway {

// Keeps what it is sent, bodies read to their end, and answers as told.
class RecordingStore final : public store::VectorStore {
 public:
  async::Task<Result<store::Answer>> send(store::Call call) override {
    ++calls;
    last = std::move(call);
    if (last.stream != nullptr) {
      streamed = true;
      LAYER_CO_ASSIGN(last.body, co_await http::read_all(*last.stream, std::uint64_t{1} << 32));
    }
    co_return answer(last);
  }
  std::string_view name() const override { return "default"; }
  std::string_view kind() const override { return "turbopuffer"; }
  const store::Capabilities& capabilities() const override { return capabilities_; }
  store::StoreStatus status() const override { return {}; }

  int calls = 0;
  bool streamed = false;
  store::Call last;
  std::function<Result<store::Answer>(const store::Call&)> answer =
      [](const store::Call&) -> Result<store::Answer> {
    return store::Answer{.body = R"({"status":"OK"})"};
  };

 private:
  store::Capabilities capabilities_;
};

// Settings that a test sets.
class GivenSettings final : public NamespaceSettingsSource {
 public:
  Result<NamespaceSettings> known(std::string_view ns) override {
    NamespaceSettings out = settings;
    out.logical = ns;
    return out;
  }
  async::Task<Result<NamespaceSettings>> load(std::string ns) override { co_return known(ns); }

  NamespaceSettings settings;
};

struct RouteRig {
  static constexpr std::int64_t kNow = 1'700'000'000'000;

  struct Answer {
    Result<http::Response> response;
    std::optional<std::string> token;
    std::optional<std::uint64_t> rows_written;
    http::Headers added;  // to the answer, whatever it is
    std::string warnings{};
  };

  Answer call(RouteHandler& handler, std::string method, std::string target, std::string body,
              http::Headers headers = {}) {
    http::StringBody bytes(std::move(body));
    http::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.body = &bytes;
    Exchange exchange(request, match_route(request.method, request.path()));
    exchange.target.store = &store;
    auto response = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<http::Response>> {
      auto answered = co_await handler.handle(exchange);
      if (answered && answered->stream) {
        auto read = co_await http::read_all(*answered->stream, std::uint64_t{1} << 32);
        answered->body = read ? *read : read.error().message;
        answered->stream.reset();
      }
      co_return answered;
    });
    const auto token = exchange.answer_headers.find("x-layer-write-token");
    return {.response = std::move(response),
            .token = token ? std::optional(std::string(*token)) : std::nullopt,
            .rows_written = exchange.rows_written,
            .added = exchange.answer_headers,
            .warnings = exchange.warnings};
  }

  async::Loops loops{1};
  async::CpuPool pool{{.name = "edit"}};
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  core::ManualClock clock{kNow};
  features::freshness::HybridClock hlc{clock, 7, metrics};
  core::Signer signer = features::freshness::temporary_signer();
  Authenticator auth{{.policy = *AuthPolicy::make(AuthSetting::kOpen, {}),
                      .sources = {},
                      .metrics = metrics,
                      .log = log}};
  Proxy proxy{auth, {.decoded_bytes_max = core::limits::request_body_bytes_max}};
  RecordingStore store;
  GivenSettings settings;
  features::legs::LegReader legs{{.pool = pool, .metrics = metrics}};
  features::embed::NoEmbedder embedder;
  features::search::Searcher searcher{{.legs = legs,
                                       .cache = nullptr,
                                       .embedder = embedder,
                                       .signer = signer,
                                       .clock = clock,
                                       .pool = pool,
                                       .metrics = metrics}};
};

}  // namespace layer::gateway
