#include "store/turbopuffer/remote_store.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "core/text.h"
#include "http/client.h"
#include "http/end_to_end.h"
#include "store/turbopuffer/breaker.h"
#include "store/turbopuffer/remote_answer.h"
#include "store/turbopuffer/retry_budget.h"
#include "store/turbopuffer/retry_policy.h"
#include "store/turbopuffer/store_metrics.h"
#include "store/turbopuffer/upstream_error.h"

namespace layer::store {
namespace {

using http::ClientFailure;

// A caller who leaves the store less time than this says nothing about it when the time is over:
// one client with tiny deadlines must not open the breaker for all.
constexpr async::Duration kTellingPatienceMin = std::chrono::milliseconds(50);

// The store's wire has every feature, and what the gateway builds itself it builds from the wire.
Capabilities declare() {
  Capabilities capabilities;
  for (const FeatureInfo& feature : feature_table()) {
    capabilities.declare(feature.id, Support::kSupported);
  }
  return capabilities;
}

// Counts a call while it lives.
class InFlight {
 public:
  explicit InFlight(std::atomic<std::size_t>& count)
      : count_(count), before_(count.fetch_add(1, std::memory_order_relaxed)) {}
  ~InFlight() { count_.fetch_sub(1, std::memory_order_relaxed); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  std::size_t before() const { return before_; }

 private:
  std::atomic<std::size_t>& count_;
  std::size_t before_;
};

Breaker::Outcome breaker_outcome(const Result<http::ClientResponse>& response,
                                 async::Duration patience) {
  if (response) {
    return response->status >= 500 ? Breaker::Outcome::kFailed : Breaker::Outcome::kAnswered;
  }
  const auto failure = http::failure_of(response.error());
  if (!failure || patience < kTellingPatienceMin) {
    return Breaker::Outcome::kAbandoned;
  }
  switch (*failure) {
    case ClientFailure::kResolve:
    case ClientFailure::kConnect:
    case ClientFailure::kTls:
    case ClientFailure::kTimeout:
      return Breaker::Outcome::kUnreachable;
    case ClientFailure::kReset:
    case ClientFailure::kIncomplete:
    case ClientFailure::kProtocol:
      return Breaker::Outcome::kFailed;
    case ClientFailure::kBusy:
    case ClientFailure::kCancelled:
      return Breaker::Outcome::kAbandoned;
  }
  return Breaker::Outcome::kAbandoned;
}

Result<void> check_credential(const RemoteOptions& options) {
  const bool visible =
      std::ranges::all_of(options.credential, [](char c) { return c > ' ' && c < '\x7f'; });
  if (visible) {
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("the credential of store '{}' holds spaces, line ends or other bytes "
                          "that a header cannot carry",
                          options.name));
}

}  // namespace

class RemoteStore::Impl {
 public:
  Impl(RemoteOptions options, http::BaseUrl base, http::TlsContext tls, async::Loops& loops,
       core::Metrics& metrics, RemoteClock* clock)
      : options_(std::move(options)),
        base_(std::move(base)),
        origin_((base_.origin.tls ? "https://" : "http://") + base_.origin.authority() +
                base_.prefix),
        authorization_(options_.credential.empty() ? "" : "Bearer " + options_.credential),
        clock_(clock != nullptr ? *clock : machine_clock_),
        shared_(std::make_shared<Shared>(options_.breaker)),
        metrics_(metrics, options_.name, gauges(shared_)) {
    http::ClientOptions client{.connect_time_max = options_.connect_time_max,
                               .tls_time_max = options_.tls_time_max,
                               .progress_time_max = options_.progress_time_max,
                               .idle_time_max = options_.idle_time_max,
                               .connection_age_max = options_.connection_age_max,
                               .idle_connections_max = options_.idle_connections_max,
                               .tls = std::move(tls),
                               .tick = options_.tick};
    for (std::size_t i = 0; i < loops.size(); ++i) {
      // Each loop's share, so that loops need not agree on who opens the last one.
      const std::size_t spare = i < options_.connections_max % loops.size() ? 1 : 0;
      client.connections_max =
          std::max<std::size_t>(options_.connections_max / loops.size() + spare, 1);
      lanes_.push_back({&loops.at(i), std::make_unique<http::Client>(loops.at(i), client)});
      shared_->counts.push_back(lanes_.back().client->counts());
    }
  }

  // A client ends on its own loop, or with the loop when that runs no more.
  ~Impl() {
    for (Lane& lane : lanes_) {
      async::asio::post(*lane.loop, [client = std::move(lane.client)] {});
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  async::Task<Result<Answer>> send(Call call);

  const std::string& name() const { return options_.name; }
  const std::string& origin() const { return origin_; }
  const Capabilities& capabilities() const { return capabilities_; }
  StoreStatus status() const {
    return {.breaker_open = shared_->breaker.open(),
            .in_flight = in_flight_.load(std::memory_order_relaxed),
            .connections_open = shared_->open(),
            .connections_idle = shared_->idle()};
  }

 private:
  struct Lane {
    async::Loop* loop;
    std::unique_ptr<http::Client> client;
  };
  // What the gauges read, perhaps when the store is gone.
  struct Shared {
    explicit Shared(bool breaker_enabled) : breaker(breaker_enabled) {}
    std::size_t open() const { return sum(&http::ClientCounts::open); }
    std::size_t idle() const { return sum(&http::ClientCounts::idle); }
    std::size_t sum(std::atomic<std::size_t> http::ClientCounts::* count) const {
      std::size_t total = 0;
      for (const auto& client : counts) {
        total += ((*client).*count).load(std::memory_order_relaxed);
      }
      return total;
    }
    Breaker breaker;
    std::vector<std::shared_ptr<const http::ClientCounts>> counts;
  };

  static StoreMetrics::Gauges gauges(const std::shared_ptr<Shared>& shared) {
    const auto number = [](std::size_t n) { return static_cast<double>(n); };
    return {.breaker_open = [shared] { return shared->breaker.open() ? 1.0 : 0.0; },
            // The two are read apart, so the difference may be off for a moment, never below zero.
            .connections_active =
                [shared, number] {
                  const std::size_t idle = shared->idle();
                  return number(std::max(shared->open(), idle) - idle);
                },
            .connections_idle = [shared, number] { return number(shared->idle()); }};
  }

  http::Client* client_on(const async::Executor& executor) {
    for (const Lane& lane : lanes_) {
      if (lane.loop->get_executor() == executor) {
        return lane.client.get();
      }
    }
    return nullptr;
  }
  http::ClientRequest to_request(Call& call, http::Body* stream) const;
  void settle(const Breaker::Admission& admission, const Result<http::ClientResponse>& response,
              const http::SendReport& report, async::Duration patience);
  std::string_view may_retry(const Call& call, const Result<http::ClientResponse>& response,
                             const http::SendReport& report) const;

  RemoteClock machine_clock_;
  RemoteOptions options_;
  http::BaseUrl base_;
  const std::string origin_;
  std::string authorization_;
  RemoteClock& clock_;
  Capabilities capabilities_ = declare();
  std::shared_ptr<Shared> shared_;
  StoreMetrics metrics_;
  RetryBudget budget_;
  std::atomic<std::size_t> in_flight_{0};
  std::vector<Lane> lanes_;
};

http::ClientRequest RemoteStore::Impl::to_request(Call& call, http::Body* stream) const {
  if (call.headers.has("connection")) {
    http::keep_end_to_end(call.headers);
  }
  if (call.headers.has("expect")) {
    // Whoever receives the body has answered it; the store would only be asked in vain.
    call.headers.erase_if([](std::string_view name, std::string_view) {
      return core::equals_ignore_case(name, "expect");
    });
  }
  http::ClientRequest request;
  request.method = std::move(call.method);
  request.target = base_.prefix.empty() ? std::move(call.target) : base_.prefix + call.target;
  request.headers = std::move(call.headers);
  request.authorization = call.authorization.empty() ? authorization_ : call.authorization;
  request.body = std::move(call.body);
  request.stream = stream;
  request.deadline = call.deadline;
  request.body_untimed = call.kind != CallKind::kGatewayRead;
  request.whole_if_buffered = true;
  request.resend = resend_rule(call.kind, options_.retry_plain);
  return request;
}

void RemoteStore::Impl::settle(const Breaker::Admission& admission,
                               const Result<http::ClientResponse>& response,
                               const http::SendReport& report, async::Duration patience) {
  shared_->breaker.settle(admission, breaker_outcome(response, patience), clock_.steady());
  metrics_.count(response ? outcome_of(response->status) : outcome_of(response.error()));
  if (report.resent) {
    metrics_.count_retry("idle_closed");
  }
}

std::string_view RemoteStore::Impl::may_retry(const Call& call,
                                              const Result<http::ClientResponse>& response,
                                              const http::SendReport& report) const {
  return response ? retry_reason(call.kind, options_.retry_plain, response->status)
                  : retry_reason(call.kind, options_.retry_plain, response.error(), report.sent);
}

async::Task<Result<Answer>> RemoteStore::Impl::send(Call call) {
  const auto begun = async::SteadyClock::now();
  const InFlight counted(in_flight_);
  if (counted.before() >= options_.in_flight_max) {
    metrics_.count(UpstreamOutcome::kRefused);
    co_return std::unexpected(too_many_calls_error(options_.name, options_.in_flight_max));
  }
  http::Client* const client = client_on(co_await async::asio::this_coro::executor);
  if (client == nullptr) {
    co_return fail(ErrorCode::kInternal, "a store was called on a loop it was not made with");
  }
  // The caller's body is awaited before a connection is taken: a slow one holds nothing but itself.
  std::optional<http::HeldBody> held;
  if (call.stream != nullptr) {
    held.emplace(*call.stream);
    LAYER_CO_TRY(co_await held->hold());
  }
  const bool head_only = call.method == "HEAD";
  const http::ClientRequest request = to_request(call, held ? &*held : nullptr);
  auto now = clock_.steady();
  budget_.count_call(now);

  for (int attempt = 0;; ++attempt) {
    const auto admission = shared_->breaker.admit(now);
    if (!admission.admitted) {
      metrics_.count(UpstreamOutcome::kRefused);
      co_return std::unexpected(breaker_open_error(options_.name, admission.retry_after));
    }
    const auto patience = call.deadline - async::SteadyClock::now();
    http::SendReport report;
    auto response = co_await client->send(base_.origin, request, &report);
    settle(admission, response, report, patience);

    const std::string_view reason = may_retry(call, response, report);
    if (!reason.empty() && attempt < kRetriesMax && (!held || held->rewind())) {
      const auto delay = retry_delay(attempt, response ? &response->headers : nullptr, clock_);
      if (delay < call.deadline - async::SteadyClock::now() && budget_.take(clock_.steady())) {
        metrics_.count_retry(reason);
        if (response) {
          response->body.reset();  // its connection is of no use while this one waits
        }
        if (co_await clock_.sleep(delay)) {
          now = clock_.steady();
          continue;
        }
        response = std::unexpected(http::client_error(ClientFailure::kCancelled, "cancelled"));
      }
    }
    const auto ended = async::SteadyClock::now();
    if (!response) {
      co_return std::unexpected(
          upstream_error(std::move(response).error(), {.store = options_.name,
                                                       .kind = call.kind,
                                                       .sent = report.sent,
                                                       .deadline_passed = ended >= call.deadline}));
    }
    const auto body_deadline = request.body_untimed ? async::TimePoint::max() : call.deadline;
    Answer answer =
        to_answer(std::move(*response), head_only, options_.name, body_deadline, metrics_);
    answer.waited = ended - begun;
    co_return answer;
  }
}

Result<std::unique_ptr<RemoteStore>> RemoteStore::make(RemoteOptions options, async::Loops& loops,
                                                       core::Metrics& metrics, RemoteClock* clock) {
  LAYER_ASSIGN(auto base, resolve_url(options));
  LAYER_TRY(check_credential(options));
  http::TlsContext tls;
  if (base.origin.tls) {
    LAYER_ASSIGN(tls, http::make_client_tls(options.ca_file));
  }
  auto impl = std::make_unique<Impl>(std::move(options), std::move(base), std::move(tls), loops,
                                     metrics, clock);
  return std::unique_ptr<RemoteStore>(new RemoteStore(std::move(impl)));
}

RemoteStore::RemoteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RemoteStore::~RemoteStore() = default;

async::Task<Result<Answer>> RemoteStore::send(Call call) {
  return impl_->send(std::move(call));
}

std::string_view RemoteStore::name() const {
  return impl_->name();
}

std::string_view RemoteStore::origin() const {
  return impl_->origin();
}

const Capabilities& RemoteStore::capabilities() const {
  return impl_->capabilities();
}

StoreStatus RemoteStore::status() const {
  return impl_->status();
}

}  // namespace layer::store
