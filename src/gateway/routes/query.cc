#include "gateway/routes/query.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "core/text.h"
#include "features/freshness/read_after.h"
#include "features/reserved/hide.h"
#include "gateway/offload.h"
#include "gateway/peeked_body.h"
#include "wire/reserved_names.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;
namespace reserved = features::reserved;

// What every stamped row may have. Names that a namespace does not know are ignored by the store.
const std::array<std::string, 2> kHidden = {std::string(wire::kStampAttribute),
                                            std::string(wire::kShardAttribute)};

// What a look at the body found.
struct Seen {
  reserved::QueryShape shape{};
  std::optional<std::string> edited{};
};

// A member of a multi-query that asks for a stable read decides for all of them.
freshness::ReadLevel read_level(const reserved::QueryShape& shape,
                                const NamespaceSettings& settings) {
  const bool by_index =
      shape.understood && shape.level == reserved::Level::kNone && settings.reads_stable;
  if (by_index || shape.triggers.has(reserved::Trigger::kStable)) {
    return freshness::ReadLevel::kStable;
  }
  switch (shape.level) {
    case reserved::Level::kEventual:
      return freshness::ReadLevel::kEventual;
    case reserved::Level::kStable:
      return freshness::ReadLevel::kStable;
    default:
      return freshness::ReadLevel::kStrong;
  }
}

bool has_time_range(reserved::Triggers triggers) {
  return triggers.has(reserved::Trigger::kAsOf) ||
         triggers.has(reserved::Trigger::kWrittenBefore) ||
         triggers.has(reserved::Trigger::kBetween);
}

}  // namespace

bool shows_reserved(const Exchange& exchange) {
  const auto asked = exchange.request.headers.find("x-layer-reserved");
  return asked && core::equals_ignore_case(http::trim(*asked), "show");
}

async::Task<Result<http::Response>> QueryRoute::handle(Exchange& exchange) {
  if (!exchange.ns_valid()) {
    co_return co_await parts_.proxy.handle(exchange);  // the store says what is wrong with it
  }
  LAYER_CO_ASSIGN(const auto settings, parts_.settings.known(exchange.ns()));
  PeekedBody body(
      exchange, {.held_bytes_max = held_query_bytes_max, .decoded_bytes_max = decoded_bytes_max_});
  LAYER_CO_TRY(co_await body.read());
  const bool hides = settings.hides_reserved && !shows_reserved(exchange);
  Seen seen;
  if (body.whole()) {
    const auto look = [&]() -> Result<Seen> {
      Seen found{.shape = reserved::scan_query(body.text())};
      if (found.shape.projects && hides) {
        found.edited = reserved::hide_in_query(body.text(), kHidden);
      }
      return found;
    };
    LAYER_CO_ASSIGN(seen, co_await offload(parts_.pool, body.text().size(), look));
  }
  if (seen.shape.understood) {
    exchange.query_kind = {.filters = seen.shape.has_filters, .ranks = seen.shape.has_rank_by};
  }
  const freshness::ReadLevel level = read_level(seen.shape, settings);
  LAYER_CO_TRY(co_await wait_for_writes(exchange, settings, level));
  const bool stable = level == freshness::ReadLevel::kStable;
  if (stable || has_time_range(seen.shape.triggers)) {
    co_return co_await cut_.answer(
        exchange, settings,
        {.body = seen.edited ? std::move(*seen.edited) : std::move(body.text()),
         .decoded = body.decoded(),
         .stable = stable});
  }
  if (const auto mark = parts_.stability.peek(settings.logical).stable_as_of_ms) {
    exchange.answer_headers.set("x-layer-stable-as-of", std::to_string(*mark));
  }

  store::Call call =
      Proxy::make_call(exchange, seen.edited ? body.decoded() : body.forwards_decoded());
  if (seen.edited) {
    call.body = std::move(*seen.edited);
  } else {
    body.forward(call);
  }
  LAYER_CO_ASSIGN(auto answer, co_await parts_.proxy.send(exchange, std::move(call)));
  co_return parts_.proxy.relay(exchange, std::move(answer));
}

async::Task<Result<void>> QueryRoute::wait_for_writes(Exchange& exchange,
                                                      const NamespaceSettings& settings,
                                                      freshness::ReadLevel level) {
  LAYER_CO_ASSIGN(const auto after,
                  freshness::parse_read_after(exchange.request.headers, parts_.signer, parts_.hlc,
                                              parts_.clock.wall_ms()));
  if (after.empty()) {
    co_return Result<void>{};
  }
  const freshness::ReadTarget target{
      .store = *exchange.target.store,
      .ns = settings.logical,
      .physical = exchange.target.physical.value_or(std::string(exchange.ns())),
      .incarnation = settings.incarnation,
      .stamped = settings.rules.stamp,
      .authorization = exchange.caller ? std::string(exchange.caller->authorization()) : "",
      .stability = &parts_.stability};
  co_return co_await freshness::wait_for_writes(after, target, level, exchange.deadline);
}

}  // namespace layer::gateway
