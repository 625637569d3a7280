#include "gateway/history/query_capture.h"

#include <charconv>
#include <utility>

#include "features/capture/answer_rows.h"
#include "gateway/errors.h"
#include "gateway/history/copied_body.h"
#include "gateway/history/history_mode.h"
#include "gateway/routes/jobs.h"

namespace layer::gateway {
namespace {

namespace capture = features::capture;

// An answer without rows is shorter.
constexpr std::size_t kDeferralBytesMax = core::limits::kKiB;

double milliseconds(async::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::optional<std::int64_t> stable_as_of(const Exchange& exchange) {
  const auto told = exchange.answer_headers.find("x-layer-stable-as-of");
  std::int64_t ms = 0;
  if (!told || std::from_chars(told->data(), told->data() + told->size(), ms).ec != std::errc{}) {
    return std::nullopt;
  }
  return ms;
}

bool was_deferred(const Exchange& exchange, const http::Response& response) {
  return exchange.relayed_status == 0 && !response.stream && response.status == 200 &&
         response.body.size() <= kDeferralBytesMax && capture::is_deferred(response.body);
}

}  // namespace

Result<void> check_history_headers(const Exchange& exchange, EntryWriter& writer,
                                   const capture::HistoryHeaders& headers) {
  if (headers.fault.empty()) {
    return {};
  }
  const RouteId id = exchange.route().id;
  if (exchange.route().serving == Serving::kLayer && id != RouteId::kMultiQuery) {
    return std::unexpected(validation_error(headers.faulty_header, headers.fault));
  }
  writer.dropped(headers.faulty_tags ? "tags" : "header");
  return {};
}

features::history::Identity who_asks(const Exchange& exchange,
                                     const capture::HistoryHeaders& headers) {
  features::history::Identity who = headers.who;
  if (who.query_id.empty()) {
    who.query_id = exchange.trace.id();
  }
  who.key_id = job_owner(exchange);
  return who;
}

async::Task<Result<http::Response>> QueryCapture::handle(Exchange& exchange) {
  capture::HistoryHeaders headers = capture::read_history_headers(exchange.request.headers);
  LAYER_CO_TRY(check_history_headers(exchange, writer_, headers));
  auto passed = begin(exchange, std::move(headers));
  if (!passed) {
    co_return co_await inner_.handle(exchange);
  }
  Result<http::Response> answer;
  {
    const CopiedRequest copied(exchange, passed->request);
    answer = co_await inner_.handle(exchange);
  }
  if (answer && was_deferred(exchange, *answer)) {
    co_return answer;
  }
  exchange.answer_headers.set("x-layer-query-id", passed->entry.who.query_id);
  const async::Executor loop = co_await boost::asio::this_coro::executor;
  if (!answer) {
    end(exchange, loop, std::move(*passed), core::info(answer.error().code).http_status);
    co_return answer;
  }
  passed->answer.coding = capture::coding_of(answer->headers);
  if (answer->stream) {
    auto kept = std::move(passed->answer);
    answer->stream = std::make_unique<CopiedAnswer>(
        std::move(answer->stream), std::move(kept),
        [this, &exchange, loop, status = answer->status,
         passed = std::move(*passed)](capture::KeptText text) mutable {
          passed.answer = std::move(text);
          end(exchange, loop, std::move(passed), status);
        });
    co_return answer;
  }
  passed->answer.keep(answer->body);
  end(exchange, loop, std::move(*passed), answer->status);
  co_return answer;
}

std::optional<PassedQuery> QueryCapture::begin(Exchange& exchange,
                                               capture::HistoryHeaders headers) {
  PassedQuery passed;
  if (exchange.route().id == RouteId::kFederatedQuery) {
    if (headers.opted_out) {
      return std::nullopt;
    }
    passed.kind = PassedQuery::Kind::kFederated;
  } else {
    auto place = exchange.ns_valid()
                     ? history_place(*writer_.parts().router.table(), exchange.ns(), headers)
                     : std::nullopt;
    if (!place) {
      return std::nullopt;
    }
    passed.entry.ns = std::move(place->logical);
    passed.reads_stable = place->reads_stable;
  }
  passed.entry.timestamp_ns = writer_.now_ns();
  passed.entry.trace_id = exchange.trace.id();
  passed.entry.who = who_asks(exchange, headers);
  passed.headers = std::move(headers);
  return passed;
}

void QueryCapture::end(Exchange& exchange, const async::Executor& loop, PassedQuery passed,
                       int status) {
  features::history::QueryEntry& entry = passed.entry;
  entry.duration_ms = milliseconds(async::SteadyClock::now() - exchange.begun);
  entry.status = status;
  entry.served_by = name(exchange.served_by);
  entry.stable_as_of_ms = stable_as_of(exchange);
  if (exchange.billed) {
    entry.bytes_queried = exchange.billed->bytes_queried;
    entry.bytes_returned = exchange.billed->bytes_returned;
  }
  writer_.write_later(loop, std::move(passed));
}

}  // namespace layer::gateway
