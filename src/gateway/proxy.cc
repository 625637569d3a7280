#include "gateway/proxy.h"

#include <algorithm>
#include <exception>
#include <functional>

#include "gateway/auth/body_names.h"
#include "gateway/billed_body.h"
#include "gateway/forward_headers.h"
#include "gateway/location.h"
#include "gateway/upload.h"
#include "http/origin.h"

namespace layer::gateway {
namespace {

namespace asio = boost::asio;

bool lies_in(std::string_view part, std::string_view whole) {
  return std::greater_equal<>()(part.data(), whole.data()) &&
         std::less_equal<>()(part.data() + part.size(), whole.data() + whole.size());
}

// The store knows a multi-query by its body.
std::string query_target(std::string target) {
  constexpr std::string_view kOurs = "/multi_query";
  const std::size_t end = std::min(target.find('?'), target.size());
  if (std::string_view(target).substr(0, end).ends_with(kOurs)) {
    target.replace(end - kOurs.size(), kOurs.size(), "/query");
  }
  return target;
}

// The raw path and query; the namespace's segment is replaced where it has another name there.
std::string forward_target(const Exchange& exchange) {
  const std::string_view target = exchange.request.target;
  const std::string_view path = exchange.request.path();
  if (!lies_in(path, target)) {
    return std::string(path);
  }
  const std::string_view rest =
      target.substr(static_cast<std::size_t>(path.data() - target.data()));
  const std::string_view ns = exchange.match.ns;
  if (!exchange.target.physical || ns.empty()) {
    return std::string(rest);
  }
  const auto at = static_cast<std::size_t>(ns.data() - rest.data());
  std::string out(rest.substr(0, at));
  out += http::encode_segment(*exchange.target.physical);
  out += rest.substr(at + ns.size());
  return out;
}

}  // namespace

store::Call Proxy::make_call(const Exchange& exchange, bool decoded) {
  store::Call call;
  call.method = exchange.request.method;
  call.target = forward_target(exchange);
  if (exchange.route().id == RouteId::kMultiQuery) {
    call.target = query_target(std::move(call.target));
  }
  call.headers = forward_headers(exchange, decoded);
  if (exchange.caller) {
    call.authorization = exchange.caller->authorization();
  }
  call.kind = exchange.is_write() ? store::CallKind::kPlainWrite : store::CallKind::kPlainRead;
  call.deadline = exchange.deadline;
  return call;
}

async::Task<Result<store::Answer>> Proxy::send(Exchange& exchange, store::Call call) {
  const auto begun = async::SteadyClock::now();
  ++exchange.upstream_calls;
  const bool shielded = exchange.is_write();
  if (shielded) {
    co_await shield();
  }
  Result<store::Answer> answer;
  std::exception_ptr thrown;
  try {
    answer = co_await exchange.target.store->send(std::move(call));
  } catch (...) {
    thrown = std::current_exception();
  }
  if (shielded) {  // what the connection does next must be cancellable again, whatever happened
    co_await unshield();
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  if (answer) {
    note_billing(exchange, *answer);
  }
  exchange.upstream += answer ? answer->waited : async::SteadyClock::now() - begun;
  co_return answer;
}

async::Task<> Proxy::shield() const {
  const auto* const abandon_at = options_.abandon_writes_at;
  const auto filter = [abandon_at](asio::cancellation_type type) {
    const bool abandoned =
        abandon_at != nullptr &&
        async::SteadyClock::now().time_since_epoch().count() >= abandon_at->load();
    return abandoned ? type : asio::cancellation_type::none;
  };
  co_await asio::this_coro::reset_cancellation_state(filter);
}

async::Task<> Proxy::unshield() {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

http::Response Proxy::relay(Exchange& exchange, store::Answer answer) const {
  const store::VectorStore& store = *exchange.target.store;
  exchange.used(store.kind() == "embedded" ? ServedBy::kEngine : ServedBy::kUpstream);
  exchange.relayed_status = answer.status;
  http::Response response{.status = answer.status,
                          .headers = std::move(answer.headers),
                          .body = std::move(answer.body),
                          .stream = std::move(answer.stream)};
  if (const auto location = response.headers.find("location")) {
    if (const auto moved =
            caller_location(*location, store.origin(), exchange.request.headers, options_.tls)) {
      response.headers.set("location", *moved);
    }
  }
  return response;
}

async::Task<Result<store::Answer>> Proxy::forward_body(Exchange& exchange, http::Body& body,
                                                       bool decoded) {
  store::Call call = make_call(exchange, decoded);
  if (body.size() != 0) {
    call.stream = &body;
  }
  co_return co_await send(exchange, std::move(call));
}

async::Task<Result<http::Response>> Proxy::handle(Exchange& exchange) {
  const std::string_view store = exchange.store_name();
  const bool checked =
      exchange.is_write() && exchange.caller && names_need_check(*exchange.caller, store);
  LAYER_CO_ASSIGN(auto upload,
                  Upload::open(exchange, checked ? Decoding::kAlways : Decoding::kIfNeeded,
                               options_.decoded_bytes_max));
  if (checked) {
    NameCheckBody names(upload.body(), *exchange.caller, std::string(store), auth_);
    LAYER_CO_ASSIGN(auto answer, co_await forward_body(exchange, names, upload.decoded()));
    co_return relay(exchange, std::move(answer));
  }
  LAYER_CO_ASSIGN(auto answer, co_await forward_body(exchange, upload.body(), upload.decoded()));
  co_return relay(exchange, std::move(answer));
}

}  // namespace layer::gateway
