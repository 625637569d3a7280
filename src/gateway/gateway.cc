#include "gateway/gateway.h"

#include <exception>
#include <memory>
#include <utility>

#include <boost/system/system_error.hpp>

#include "gateway/answer_headers.h"
#include "gateway/errors.h"
#include "gateway/packing.h"

namespace layer::gateway {
namespace {

Error unknown_path() {
  return {.code = ErrorCode::kNotFound,
          .message = "no such path: the API lies under /v1/ and /v2/"};
}

std::string physical_name(const Exchange& exchange) {
  return exchange.target.physical.value_or(std::string(exchange.ns()));
}

}  // namespace

// A request in flight. However it ends, it is accounted for once.
class Gateway::Tracked {
 public:
  Tracked(Gateway& gateway, http::Request& request)
      : exchange(request, match_route(request.method, request.path())), gateway_(gateway) {
    gateway.in_flight_.fetch_add(1, std::memory_order_relaxed);
  }
  ~Tracked() { gateway_.finish(exchange, status, complete); }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;

  Exchange exchange;
  int status = core::info(ErrorCode::kCancelled).http_status;  // until there is an answer
  bool complete = false;

 private:
  Gateway& gateway_;
};

// The body of an answer under way.
class Gateway::TrackedBody final : public http::Body {
 public:
  TrackedBody(std::unique_ptr<Tracked> tracked, std::unique_ptr<http::Body> inner)
      : tracked_(std::move(tracked)), inner_(std::move(inner)) {
    tracked_->complete = tracked_->exchange.request.method == "HEAD";
  }

  async::Task<Result<std::string_view>> next() override {
    auto piece = co_await inner_->next();
    if (piece) {
      std::uint64_t& sent = tracked_->exchange.bytes_out;
      sent += piece->size();
      // A sender that knows the size may not ask for the end.
      tracked_->complete = piece->empty() || sent == inner_->size();
    }
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return inner_->size(); }

 private:
  std::unique_ptr<Tracked> tracked_;
  std::unique_ptr<http::Body> inner_;
};

// Nothing is awaited once a request is cancelled: each such wait would throw.
async::Task<http::Response> Gateway::handle(http::Request& request) {
  auto tracked = std::make_unique<Tracked>(*this, request);
  Exchange& exchange = tracked->exchange;
  auto answered = co_await answer(exchange);
  exchange.cold = !answered && answered.error().code == ErrorCode::kCacheCold;
  http::Response response =
      answered ? std::move(*answered) : error_answer(answered.error(), exchange.trace.id());
  if (answered && exchange.relayed_status == 0) {
    co_await pack(exchange, response);
  }
  dress(exchange, response);
  tracked->status = response.status;
  if (response.stream) {
    response.stream = std::make_unique<TrackedBody>(std::move(tracked), std::move(response.stream));
  } else {
    exchange.bytes_out = request.method == "HEAD" ? 0 : response.body.size();
    tracked->complete = true;
  }
  co_return response;
}

http::Response Gateway::failed(const Error& error) {
  const Trace trace = Trace::mint();
  if (error.code == ErrorCode::kInternal) {
    parts_.log.error("a request failed", {{"what", error.message}, {"trace_id", trace.id()}});
    return error_answer({.code = ErrorCode::kInternal, .message = "an internal fault"}, trace.id());
  }
  parts_.log.debug("refused", {{"what", error.message}, {"trace_id", trace.id()}});
  return error_answer(error, trace.id());
}

// What escapes as an exception is a fault of ours, or the end of a wait that was cancelled.
async::Task<Result<http::Response>> Gateway::answer(Exchange& exchange) {
  std::string escaped;
  try {
    co_return co_await dispatch(exchange);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) {
      co_return fail(ErrorCode::kCancelled, "the caller went away");
    }
    escaped = error.what();
  } catch (const std::exception& error) {
    escaped = error.what();
  }
  parts_.log.error(
      "a handler failed",
      {{"route", exchange.route().name}, {"what", escaped}, {"trace_id", exchange.trace.id()}});
  co_return fail(ErrorCode::kInternal, "an internal fault; the log tells more under this trace_id");
}

async::Task<Result<http::Response>> Gateway::dispatch(Exchange& exchange) {
  const Route& route = exchange.route();
  if (exchange.match.dot_segment) {
    co_return std::unexpected(
        validation_error("path", "the segments '.' and '..' name nothing here"));
  }
  if (auto preflight = parts_.cors.preflight(exchange.request)) {
    co_return std::move(*preflight);
  }
  RouteHandler* handler = parts_.handlers.find(route.id);
  if (route.serving == Serving::kService && handler == nullptr) {
    co_return std::unexpected(unknown_path());
  }
  LAYER_CO_TRY(co_await admit(exchange));
  if (route.serving == Serving::kLayer && !exchange.match.ns.empty() && !exchange.ns_valid()) {
    co_return std::unexpected(
        validation_error("namespace", "expected 1 to 128 of A-Z a-z 0-9 - _ ."));
  }
  LAYER_CO_TRY(parts_.deadlines.apply(exchange, route.timeout));
  LAYER_CO_TRY(co_await verify(exchange));
  co_return co_await (handler != nullptr ? *handler : parts_.forward).handle(exchange);
}

async::Task<Result<void>> Gateway::admit(Exchange& exchange) {
  const Route& route = exchange.route();
  if (route.scope == Scope::kNone) {
    co_return Result<void>{};
  }
  if (in_flight() > options_.in_flight_max) {
    co_return std::unexpected(Error{.code = ErrorCode::kServiceUnavailable,
                                    .message = "too many requests are in flight",
                                    .fields = {{.name = "reason", .value = "in_flight"}}});
  }
  LAYER_CO_ASSIGN(exchange.target, parts_.targets.resolve(exchange.ns()));
  auto caller = co_await parts_.auth.authenticate(exchange.request.headers, *exchange.target.store);
  if (!caller) {
    co_return std::unexpected(std::move(caller).error());
  }
  exchange.caller.emplace(std::move(*caller));
  LAYER_CO_TRY(authorise(exchange));
  if (refusing_.load(std::memory_order_relaxed)) {
    co_return fail(ErrorCode::kDraining, "this gateway is shutting down; another one will answer");
  }
  exchange.admitted = true;
  co_return Result<void>{};
}

Result<void> Gateway::authorise(const Exchange& exchange) {
  const Route& route = exchange.route();
  const Caller& caller = *exchange.caller;
  const std::string_view store = exchange.store_name();
  if (route.id == RouteId::kListNamespaces || route.id == RouteId::kListNamespacesV1) {
    return parts_.auth.authorise_list(caller, store, route.serving == Serving::kStoreWire);
  }
  if (route.id == RouteId::kJobs || route.id == RouteId::kJob || route.id == RouteId::kCancelJob) {
    // Jobs are of namespaces: which of them the key may see, the routes find out.
    return parts_.auth.authorise_list(caller, store, false);
  }
  if (route.id == RouteId::kFederatedQuery || route.id == RouteId::kUbiEvents) {
    // Read on some namespace lets a caller in; the route asks for each that the body names. What a
    // passthrough caller is shown, the store has answered to that caller's bearer.
    return parts_.auth.authorise_list(caller, store, true);
  }
  if (route.id >= RouteId::kCreatePipeline && route.id <= RouteId::kFunctionItems) {
    // Pipelines and functions are of their namespaces: the routes ask for those.
    return parts_.auth.authorise_list(caller, store, true);
  }
  switch (route.serving) {
    case Serving::kStoreWire:
    case Serving::kOpaque:
      return parts_.auth.authorise_forwarded(caller, route.scope, store, exchange.ns());
    case Serving::kLayer:
    case Serving::kService:
      break;
  }
  return exchange.match.ns.empty()
             ? parts_.auth.authorise(caller, route.scope, {}, {})
             : parts_.auth.authorise(caller, route.scope, store, exchange.ns());
}

// What the gateway makes about a namespace may hold what it knows itself, so the store must have
// let a passthrough caller's bearer in (rule A3). Routes of the store's wire ask the store anyway.
// Receipts of deletions outlive their namespace: there the handler shows a caller without proof
// what that caller did.
async::Task<Result<void>> Gateway::verify(Exchange& exchange) {
  const Route& route = exchange.route();
  if (route.serving != Serving::kLayer || exchange.match.ns.empty() || !exchange.caller ||
      !exchange.caller->is_passthrough()) {
    co_return Result<void>{};
  }
  auto proof = co_await verifier_.verify(*exchange.caller, *exchange.target.store,
                                         physical_name(exchange), exchange.deadline);
  exchange.ns_proven = proof.has_value();
  const bool outlives = route.id == RouteId::kDeletions || route.id == RouteId::kDeletion;
  if (!proof && proof.error().code == ErrorCode::kNotFound && outlives) {
    co_return Result<void>{};
  }
  co_return proof;
}

async::Task<> Gateway::pack(const Exchange& exchange, http::Response& response) {
  const Packing packing = choose_packing(exchange.request.headers, response);
  if (packing == Packing::kNone) {
    co_return;
  }
  if (response.body.size() <= kPackInlineBytesMax) {
    set_packed(response, packing, pack_body(packing, response.body));
    co_return;
  }
  auto packed = co_await parts_.codec_pool.run([&] { return pack_body(packing, response.body); });
  if (packed) {  // a busy pool: the plain body is as good an answer
    set_packed(response, packing, std::move(*packed));
  }
}

void Gateway::dress(Exchange& exchange, http::Response& response) const {
  add_answer_headers(exchange, response.headers);
  parts_.cors.allow(exchange.request.headers, response.headers);
}

void Gateway::finish(const Exchange& exchange, int status, bool complete) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  const std::chrono::duration<double> seconds = async::SteadyClock::now() - exchange.begun;
  parts_.metrics.count(exchange, status, seconds.count());
  if (!options_.access_log || !parts_.log.enabled(core::LogLevel::kInfo)) {
    return;
  }
  const std::chrono::duration<double, std::milli> upstream = exchange.upstream;
  parts_.log.info("request", {{"trace_id", exchange.trace.id()},
                              {"method", exchange.request.method},
                              {"route", exchange.route().name},
                              {"namespace", exchange.ns()},
                              {"store", exchange.store_name()},
                              {"status", status},
                              {"bytes_in", exchange.bytes_in},
                              {"bytes_out", exchange.bytes_out},
                              {"ms", seconds.count() * 1000},
                              {"upstream_ms", upstream.count()},
                              {"served_by", name(exchange.served_by)},
                              {"key", exchange.caller_name()},
                              {"complete", complete}});
}

}  // namespace layer::gateway
