#include "gateway/history/click_capture.h"

#include <utility>

#include "gateway/history/history_mode.h"
#include "gateway/history/query_capture.h"

namespace layer::gateway {

namespace capture = features::capture;

async::Task<Result<http::Response>> ClickCapture::handle(Exchange& exchange) {
  const capture::HistoryHeaders headers = capture::read_history_headers(exchange.request.headers);
  LAYER_CO_TRY(check_history_headers(exchange, writer_, headers));
  auto answer = co_await inner_.handle(exchange);
  const bool follows = !exchange.trace.minted() || !headers.who.query_id.empty();
  if (!follows || !answer || answer->status != 200 || answer->stream ||
      exchange.relayed_status != 0) {
    co_return answer;
  }
  const auto place = history_place(*writer_.parts().router.table(), exchange.ns(), headers);
  if (!place) {
    co_return answer;
  }
  PassedFetch passed;
  passed.click.ns = place->logical;
  passed.click.trace_id = exchange.trace.id();
  passed.click.who = who_asks(exchange, headers);
  passed.click.source = exchange.route().id == RouteId::kDocumentBatch ? "batch" : "single";
  passed.click.served_from = exchange.served_by == ServedBy::kCache ? "cache" : "upstream";
  passed.answer.keep(answer->body);
  const async::Executor loop = co_await boost::asio::this_coro::executor;
  writer_.write_later(loop, std::move(passed));
  co_return answer;
}

}  // namespace layer::gateway
