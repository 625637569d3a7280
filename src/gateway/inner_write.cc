#include "gateway/inner_write.h"

#include <utility>

namespace layer::gateway {

async::Task<Result<http::Response>> InnerWrite::send(Exchange& outer, std::string ns,
                                                     std::string body, std::string of_function) {
  http::StringBody stream(std::move(body));
  http::Request request{.method = "POST",
                        .target = "/v2/namespaces/" + ns,
                        .headers = {{"content-type", "application/json"},
                                    {"traceparent", std::string(outer.trace.traceparent())}},
                        .peer = outer.request.peer,
                        .body = &stream};
  Exchange inner(request, match_route(request.method, request.path()));
  LAYER_CO_ASSIGN(inner.target, parts_.targets.resolve(ns));
  inner.caller = outer.caller;
  LAYER_CO_TRY(parts_.auth.authorise(*inner.caller, Scope::kWrite, inner.target.store->name(), ns));
  inner.deadline = outer.deadline;
  inner.of_function = std::move(of_function);
  auto answer = co_await parts_.write.handle(inner);
  outer.upstream += inner.upstream;
  outer.upstream_calls += inner.upstream_calls;
  outer.cache += inner.cache;
  outer.used(inner.served_by);
  outer.rows_written = inner.rows_written;
  outer.billed = inner.billed;
  if (!answer) {
    co_return std::unexpected(std::move(answer).error());
  }
  outer.relayed_status = inner.relayed_status;
  for (std::size_t i = 0; i < inner.answer_headers.size(); ++i) {
    const auto [name, value] = inner.answer_headers[i];
    outer.answer_headers.set(name, value);
  }
  if (answer->stream) {
    // What the answer is read from ends with this call.
    LAYER_CO_ASSIGN(answer->body, co_await http::read_all(*answer->stream, kInnerAnswerBytesMax));
    answer->stream = nullptr;
  }
  co_return std::move(*answer);
}

}  // namespace layer::gateway
