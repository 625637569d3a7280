#include "gateway/routes/schema.h"

#include <utility>

#include "features/reserved/hide.h"
#include "gateway/held_answer.h"
#include "gateway/peeked_body.h"
#include "gateway/routes/query.h"

namespace layer::gateway {
namespace {

namespace reserved = features::reserved;

}  // namespace

async::Task<Result<http::Response>> SchemaRoute::handle(Exchange& exchange) {
  if (!exchange.ns_valid()) {
    co_return co_await proxy_.handle(exchange);
  }
  LAYER_CO_ASSIGN(const auto settings, settings_.known(exchange.ns()));
  if (!settings.hides_reserved || shows_reserved(exchange)) {
    co_return co_await proxy_.handle(exchange);
  }
  PeekedBody body(exchange, {.held_bytes_max = held_schema_bytes_max,
                             .decoded_bytes_max = core::limits::request_body_bytes_max});
  LAYER_CO_TRY(co_await body.read());
  store::Call call = Proxy::make_call(exchange, body.forwards_decoded());
  call.headers.set("accept-encoding", "identity");  // the answer is going to be read
  body.forward(call);
  LAYER_CO_ASSIGN(auto answer, co_await proxy_.send(exchange, std::move(call)));
  if (answer.status == 200 && !is_encoded(answer.headers)) {
    LAYER_CO_TRY(co_await hide(answer));
  }
  co_return proxy_.relay(exchange, std::move(answer));
}

async::Task<Result<void>> SchemaRoute::hide(store::Answer& answer) const {
  LAYER_CO_ASSIGN(const bool whole, co_await hold_answer(answer, held_schema_bytes_max));
  if (!whole) {
    co_return Result<void>{};
  }
  auto shown = answer_ == Answer::kSchema ? reserved::hide_in_schema(answer.body)
                                          : reserved::hide_in_metadata(answer.body);
  if (shown) {
    answer.body = std::move(*shown);
  }
  co_return Result<void>{};
}

}  // namespace layer::gateway
