#include "gateway/history/ubi_events.h"

#include <map>
#include <utility>

#include "features/ubi/event.h"
#include "features/ubi/event_list.h"
#include "gateway/errors.h"
#include "gateway/history/history_mode.h"
#include "gateway/history/history_parts.h"
#include "gateway/metrics_table.h"
#include "gateway/peeked_body.h"
#include "gateway/percent.h"
#include "gateway/routes/jobs.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace capture = features::capture;
namespace history = features::history;
namespace ubi = features::ubi;

constexpr std::int64_t kNsPerMs = 1'000'000;
// A client's clock is believed this far back and not into the future: records are found by time.
constexpr std::int64_t kLateMsMax = 24LL * 60 * 60 * 1000;

async::Task<Result<std::string>> read_body(Exchange& exchange) {
  PeekedBody body(exchange, {.held_bytes_max = ubi::kEventBytesMax,
                             .decoded_bytes_max = ubi::kEventBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(ubi::kEventBytesMax));
  }
  co_return std::move(body.text());
}

// Ids keep their type: a page knows only texts, so the row that the query answered decides.
std::string typed_id(std::string id, const std::optional<history::Reader::Recorded>& query) {
  if (!query || !id.starts_with('"')) {
    return id;
  }
  const std::string_view bare = std::string_view(id).substr(1, id.size() - 2);
  for (const std::string& known : query->top_ids) {
    if (known == id) {
      return id;
    }
    if (known == bare) {
      return known;
    }
  }
  return id;
}

std::optional<std::uint32_t> place_of(std::string_view id,
                                      const std::optional<history::Reader::Recorded>& query) {
  for (std::size_t i = 0; query && i < query->top_ids.size(); ++i) {
    if (query->top_ids[i] == id) {
      return static_cast<std::uint32_t>(i) + 1;
    }
  }
  return std::nullopt;
}

}  // namespace

struct UbiEvents::Batch {
  std::string ns{};  // of all events; empty: each one's own
  capture::HistoryHeaders headers{};
  std::string key_id{};
  // What was found of namespaces so far: whether the caller may tell something of them.
  std::map<std::string, bool, std::less<>> allowed{};
};

async::Task<Result<void>> UbiEvents::may_tell(Exchange& exchange, std::string ns) {
  const auto table = writer_->parts().router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(ns));
  LAYER_CO_TRY(auth_.authorise(*exchange.caller, Scope::kRead, route.store->name(), ns));
  co_return co_await verifier_.verify(*exchange.caller, *route.store, std::string(route.physical),
                                      exchange.deadline);
}

// A query of a namespace that the caller may not read is no query of the caller's.
async::Task<Result<std::string_view>> UbiEvents::take(Exchange& exchange, Batch& batch,
                                                      std::string_view text) {
  LAYER_CO_ASSIGN(ubi::Event event, ubi::parse_event(text));
  const EntryWriter::Parts& parts = writer_->parts();
  const auto query = event.query_id.empty() ? std::nullopt : parts.reader.find(event.query_id);
  std::string ns = !batch.ns.empty() ? batch.ns : query ? query->ns : "";
  if (!ns.empty() && batch.ns.empty() && !batch.allowed.contains(ns)) {
    batch.allowed[ns] = (co_await may_tell(exchange, ns)).has_value();
  }
  if (ns.empty() || (batch.ns.empty() && !batch.allowed[ns])) {
    co_return fail(ErrorCode::kValidation,
                   "query_id: no such query of the last 24 hours; name the namespace");
  }
  const auto place = history_place(*parts.router.table(), ns, batch.headers);
  if (!place) {
    co_return fail(ErrorCode::kValidation, "no history is kept of the namespace");
  }
  const std::int64_t now_ns = writer_->now_ns();
  const std::int64_t now_ms = now_ns / kNsPerMs;
  const bool believed = event.timestamp_ms <= now_ms && event.timestamp_ms >= now_ms - kLateMsMax;
  history::Click click;
  click.ns = place->logical;
  click.timestamp_ns = believed ? (event.timestamp_ms * kNsPerMs) + writer_->within_ms() : now_ns;
  click.trace_id = exchange.trace.id();
  const bool same = query && query->ns == place->logical;
  click.doc_id = typed_id(std::move(event.object_id), same ? query : std::nullopt);
  click.position =
      event.position ? event.position : place_of(click.doc_id, same ? query : std::nullopt);
  click.who = {.query_id = std::move(event.query_id),
               .client_id = std::move(event.client_id),
               .session_id = std::move(event.session_id),
               .user_id = std::move(event.user_id),
               .application = std::move(event.application),
               .key_id = batch.key_id,
               .tags = batch.headers.who.tags};
  const std::string_view label = ubi::action_label(event.action);
  click.action = std::move(event.action);
  click.source = "ubi";
  click.ubi = std::move(event.json);
  parts.recorder.record(std::move(click));
  co_return label;
}

async::Task<Result<http::Response>> UbiEvents::handle(Exchange& exchange) {
  if (writer_ == nullptr) {
    co_return std::unexpected(history_is_off());
  }
  Batch batch{.ns = query_parameter(exchange.request.query(), "namespace").value_or(""),
              .headers = capture::read_history_headers(exchange.request.headers),
              .key_id = job_owner(exchange)};
  batch.headers.any = true;  // an event is told on purpose
  if (!batch.headers.fault.empty()) {
    co_return std::unexpected(validation_error(batch.headers.faulty_header, batch.headers.fault));
  }
  if (!batch.ns.empty()) {
    LAYER_CO_TRY(co_await may_tell(exchange, batch.ns));
  }
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange));
  const auto events = ubi::split_events(body);
  if (!events) {
    co_return std::unexpected(validation_error("body", events.error().message));
  }
  json::Writer rejected;
  rejected.begin_array();
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < events->size(); ++i) {
    const auto taken = co_await take(exchange, batch, (*events)[i]);
    accepted += taken ? 1 : 0;
    if (!taken) {
      rejected.begin_object()
          .member("index", i)
          .member("error", taken.error().message)
          .end_object();
    }
    writer_->parts()
        .metrics
        .sample(spec(Metric::kUbiEvents),
                {taken.value_or("other"), taken ? "accepted" : "rejected"})
        .add();
  }
  rejected.end_array();
  json::Writer out;
  out.begin_object().member("accepted", accepted).key("rejected").raw(rejected.text());
  out.end_object();
  co_return http::json_response(202, std::move(out).take());
}

}  // namespace layer::gateway
