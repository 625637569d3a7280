#include "gateway/routes/write.h"

#include <algorithm>
#include <utility>

#include "features/freshness/write_token.h"
#include "features/namespaces/upstream.h"
#include "features/writes/splice.h"
#include "gateway/affected_rows.h"
#include "gateway/auth/body_names.h"
#include "gateway/offload.h"
#include "gateway/rewrite_body.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;
namespace writes = features::writes;

constexpr core::MetricSpec kFollowupFailures{
    .name = "layer_write_followup_failures_total",
    .kind = core::MetricKind::kCounter,
    .help = "steps after a successful write that failed and are tried again",
    .labels = "step"};

// Some function waits for what is written.
bool is_triggered(const writes::StampRules& rules) {
  return rules.functions &&
         std::ranges::any_of(*rules.functions, &writes::WatchedFunction::on_write);
}

bool succeeded(int status) {
  return status >= 200 && status < 300;
}

freshness::WitnessKind kind_of(writes::WitnessKind kind) {
  switch (kind) {
    case writes::WitnessKind::kUpsert:
      return freshness::WitnessKind::kUpsert;
    case writes::WitnessKind::kPatch:
      return freshness::WitnessKind::kPatch;
    case writes::WitnessKind::kDelete:
      return freshness::WitnessKind::kDelete;
  }
  return freshness::WitnessKind::kUpsert;
}

features::embed::EmbeddedOutcome embedded_outcome(WriteOutcome outcome) {
  switch (outcome) {
    case WriteOutcome::kApplied:
      return features::embed::EmbeddedOutcome::kApplied;
    case WriteOutcome::kRefused:
      return features::embed::EmbeddedOutcome::kRefused;
    case WriteOutcome::kUnknown:
      return features::embed::EmbeddedOutcome::kUnknown;
  }
  return features::embed::EmbeddedOutcome::kUnknown;
}

}  // namespace

async::Task<Result<http::Response>> WriteRoute::handle(Exchange& exchange) {
  if (!exchange.ns_valid()) {
    co_return co_await parts_.proxy.handle(exchange);  // the store says what is wrong with it
  }
  LAYER_CO_ASSIGN(auto settings, co_await parts_.settings.load(std::string(exchange.ns())));
  Write write{.exchange = exchange, .settings = std::move(settings)};
  const bool may_copy = parts_.copies != nullptr && parts_.copies->concerns(exchange.ns());
  watch_functions(write);
  if (write.settings.nothing_applies() && !may_copy && parts_.cache.cache == nullptr &&
      parts_.embed == nullptr) {
    take_stamp(write);
    auto response = co_await parts_.proxy.handle(exchange);
    if (response) {
      note_end(write, response->status);
    }
    if (response && succeeded(response->status)) {
      add_token(write);
    }
    co_return response;
  }
  PeekedBody body(exchange, limits_);
  LAYER_CO_TRY(co_await body.read());
  auto answer = co_await (body.whole() ? embedded(write, body) : streamed(write, body));
  if (!answer) {
    co_return std::unexpected(std::move(answer).error());
  }
  note_end(write, answer->status);
  if (write.summary.has_operation()) {
    exchange.rows_written = write.summary.rows();
  }
  if (succeeded(answer->status)) {
    co_await tell_functions(write);
    add_token(write);
  }
  co_return parts_.proxy.relay(exchange, std::move(*answer));
}

async::Task<Result<store::Answer>> WriteRoute::embedded(Write& write, PeekedBody& body) {
  if (parts_.embed == nullptr) {
    co_return co_await held(write, body);
  }
  Exchange& exchange = write.exchange;
  LAYER_CO_ASSIGN(
      auto prepared,
      co_await parts_.embed->prepare(
          {.ns = write.settings.logical,
           .physical = exchange.target.physical ? std::string_view(*exchange.target.physical)
                                                : exchange.ns(),
           .store = *exchange.target.store,
           .incarnation = write.settings.incarnation,
           .authorization = Proxy::make_call(exchange, body.decoded()).authorization,
           .deadline = exchange.deadline},
          body.text()));
  if (!prepared) {
    co_return co_await held(write, body);
  }
  if (prepared->chunked) {
    // The names of chunks are the gateway's, also in a write that it makes chunks of.
    const auto checked = writes::plan_write(body.text(), write.settings.rules);
    if (!checked && !write.settings.nothing_applies()) {
      co_await parts_.embed->settle(*prepared, features::embed::EmbeddedOutcome::kRefused);
      co_return std::unexpected(checked.error());
    }
    write.settings.rules.chunk_names = true;
  }
  body.replace(std::move(prepared->body));
  write.reads_answer = prepared->computed;
  auto answer = co_await held(write, body);
  co_await parts_.embed->settle(*prepared, embedded_outcome(outcome_of(answer)));
  if (prepared->computed && answer && succeeded(answer->status)) {
    LAYER_CO_TRY(co_await features::namespaces::collect(
        *answer, features::namespaces::kUpstreamBodyBytesMax));
    answer->body = features::embed::add_performance(std::move(answer->body), *prepared);
  }
  co_return answer;
}

async::Task<Result<store::Answer>> WriteRoute::held(Write& write, PeekedBody& body) {
  Exchange& exchange = write.exchange;
  const std::string& text = body.text();
  const std::string_view store = exchange.store_name();
  const bool checked = exchange.caller && names_need_check(*exchange.caller, store);
  const bool unedited = write.settings.nothing_applies();
  const auto make_plan = [&]() -> Result<writes::WritePlan> {
    if (checked) {
      LAYER_TRY(check_body_names(text, *exchange.caller, store, parts_.auth));
    }
    auto made = writes::plan_write(text, write.settings.rules);
    if (!made && unedited) {
      return writes::WritePlan{};  // nothing is refused where nothing is the gateway's
    }
    return made;
  };
  LAYER_CO_ASSIGN(const writes::WritePlan plan,
                  co_await offload(parts_.pool, text.size(), make_plan));
  write.summary = plan.summary;
  if (is_triggered(write.settings.rules)) {
    write.rows = plan.rows;
  }
  CacheFence fence(parts_.cache, parts_.proxy);
  if (parts_.cache.cache != nullptr) {
    co_await fence.raise(cached(write), fence_scope(plan, write.settings.rules.id_type),
                         exchange.deadline);
  }
  const bool asks = fence.wants_affected_ids() && !plan.summary.affected_ids_asked;
  auto answer = co_await send_held(write, body, plan, asks);
  co_await settle(write, fence, plan, asks, answer);
  co_return answer;
}

async::Task<Result<store::Answer>> WriteRoute::send_held(Write& write, PeekedBody& body,
                                                         const writes::WritePlan& plan, bool ask) {
  Exchange& exchange = write.exchange;
  const std::string& text = body.text();
  const bool unedited = write.settings.nothing_applies() && !ask;
  const bool reads = ask || write.reads_answer ||
                     (parts_.cache.cache != nullptr && plan.summary.affected_ids_asked);
  if (plan.summary.copies && parts_.copies != nullptr) {
    LAYER_CO_ASSIGN(auto mapped, parts_.copies->prepare(exchange.ns(), text));
    if (mapped) {
      store::Call call = Proxy::make_call(exchange, body.decoded());
      call.body = std::move(*mapped);
      take_stamp(write);
      co_return co_await parts_.proxy.send(exchange, std::move(call));
    }
  }
  if (unedited || !plan.edits_body(ask)) {
    store::Call call = Proxy::make_call(exchange, body.forwards_decoded());
    if (reads) {
      call.headers.set("accept-encoding", "identity");  // the answer is going to be read
    }
    body.forward(call);
    take_stamp(write);
    co_return co_await parts_.proxy.send(exchange, std::move(call));
  }
  store::Call call = Proxy::make_call(exchange, body.decoded());
  if (reads) {
    call.headers.set("accept-encoding", "identity");
  }
  take_stamp(write);
  const auto stamp_rows = [&]() -> Result<std::string> {
    return writes::splice(text, plan, write.settings.rules, write.stamp.ms, ask);
  };
  LAYER_CO_ASSIGN(call.body, co_await offload(parts_.pool, text.size(), stamp_rows));
  std::string().swap(body.text());  // one copy is enough while the store works
  co_return co_await parts_.proxy.send(exchange, std::move(call));
}

async::Task<Result<store::Answer>> WriteRoute::streamed(Write& write, PeekedBody& body) {
  Exchange& exchange = write.exchange;
  const std::string_view store = exchange.store_name();
  if (parts_.embed != nullptr && co_await parts_.embed->concerns(write.settings.logical)) {
    co_return std::unexpected(http::body_too_large(limits_.held_bytes_max));
  }
  PrefixedBody all(std::move(body.text()), body.rest());
  std::optional<NameCheckBody> checked;
  if (exchange.caller && names_need_check(*exchange.caller, store)) {
    checked.emplace(all, *exchange.caller, std::string(store), parts_.auth);
  }
  store::Call call = Proxy::make_call(exchange, body.decoded());
  // Its rows are not known before they have passed.
  CacheFence fence(parts_.cache, parts_.proxy);
  co_await fence.raise(cached(write), {.whole_namespace = true}, exchange.deadline);
  take_stamp(write);
  http::Body& source = checked ? static_cast<http::Body&>(*checked) : all;
  write.settings.rules.collect_ids = false;
  RewriteBody rewritten(source, write.settings.rules, write.stamp.ms);
  call.stream = write.settings.nothing_applies() ? &source : &rewritten;
  auto answer = co_await parts_.proxy.send(exchange, std::move(call));
  write.summary = rewritten.summary();
  co_await fence.settle(answer, write.stamp);
  co_return answer;
}

void WriteRoute::watch_functions(Write& write) const {
  writes::StampRules& rules = write.settings.rules;
  rules.own_names = !write.exchange.of_function.empty();
  if (parts_.functions != nullptr) {
    rules.functions = parts_.functions->of(write.settings.logical, write.exchange.of_function);
  }
  rules.collect_ids = parts_.cache.cache != nullptr || is_triggered(rules);
}

async::Task<> WriteRoute::tell_functions(Write& write) {
  if (write.rows.empty()) {
    co_return;
  }
  const auto told = co_await parts_.functions->wrote({.ns = write.settings.logical,
                                                      .functions = write.settings.rules.functions,
                                                      .rows = std::move(write.rows),
                                                      .patched = write.summary.patched,
                                                      .id_type = write.settings.rules.id_type});
  if (!told) {
    parts_.metrics->sample(kFollowupFailures, {"functions"}).add();
  }
}

cache::CachedNamespace WriteRoute::cached(const Write& write) const {
  return {.store = std::string(write.exchange.target.store->name()),
          .ns = write.settings.logical,
          .incarnation = write.settings.incarnation};
}

async::Task<> WriteRoute::settle(Write& write, CacheFence& fence, const writes::WritePlan& plan,
                                 bool asked, Result<store::Answer>& answer) {
  std::optional<std::vector<wire::Id>> affected;
  const bool listed = asked || plan.summary.affected_ids_asked;
  if (parts_.cache.cache != nullptr && listed && answer && succeeded(answer->status)) {
    affected = co_await take_affected_ids(*answer, write.settings.rules.id_type, asked);
  }
  co_await fence.settle(answer, write.stamp, std::move(affected));
}

void WriteRoute::take_stamp(Write& write) {
  write.in_flight = freshness::WriteInFlight(parts_.watch, write.settings.logical);
  write.stamp = parts_.hlc.stamp(write.settings.logical);
}

void WriteRoute::note_end(Write& write, int status) {
  const bool refused = status >= 400 && status < 500;
  write.in_flight.end(!refused);
}

void WriteRoute::add_token(const Write& write) {
  freshness::WriteToken token{.ns = write.settings.logical,
                              .incarnation = write.settings.incarnation,
                              .stamp = write.stamp,
                              .acknowledged_ms = parts_.clock.wall_ms()};
  if (const auto& witness = write.summary.witness) {
    token.witness = {.id = witness->id, .kind = kind_of(witness->kind)};
  }
  if (const auto sealed = freshness::seal_write_token(token, parts_.signer)) {
    write.exchange.answer_headers.set("x-layer-write-token", *sealed);
  }
}

}  // namespace layer::gateway
