#include "gateway/routes/scatter_query.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/text.h"
#include "features/freshness/query_edit.h"
#include "features/legs/fuse_rows.h"
#include "gateway/offload.h"
#include "gateway/routes/cut_query.h"
#include "http/message.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;
namespace legs = features::legs;
using features::reserved::Trigger;

// These are not the store's own.
constexpr Trigger kOtherFeatures[] = {
    Trigger::kVector,     Trigger::kNearestToId,         Trigger::kCursor, Trigger::kPageWindow,
    Trigger::kHybridText, Trigger::kIncludeLegBreakdown, Trigger::kAuto};

bool is_too_large(const Error& error) {
  return std::ranges::any_of(error.fields, [](const core::ErrorField& field) {
    return field.name == "reason" && field.value == "answer_too_large";
  });
}

void append_rows(std::string& out, const std::vector<legs::LegRow>& rows) {
  out += R"("rows":[)";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += i == 0 ? "" : ",";
    out += rows[i].text;
  }
  out += ']';
}

// In the store's shape.
std::string print(legs::LegsAnswer answer, const legs::QueryLegs& query) {
  std::string out = "{";
  if (query.fusion) {
    out += R"("results":[{)";
    append_rows(out, legs::fuse_rows(std::move(answer.legs), *query.fusion));
    out += "}]";
  } else if (query.multi) {
    out += R"("results":[)";
    for (std::size_t i = 0; i < answer.legs.size(); ++i) {
      out += i == 0 ? "{" : ",{";
      append_rows(out, answer.legs[i].rows);
      out += '}';
    }
    out += ']';
  } else {
    append_rows(out, answer.legs.front().rows);
  }
  if (!answer.billing.empty()) {
    out += R"(,"billing":)" + answer.billing;
  }
  if (!answer.performance.empty()) {
    out += R"(,"performance":)" + answer.performance;
  }
  return out + "}";
}

// How much work it is to print: bytes that are copied, and as many more where rows are put together
// anew.
std::size_t work_of(const legs::LegsAnswer& answer, const legs::QueryLegs& query) {
  constexpr std::size_t kFusedRow = 512;
  std::size_t bytes = 0;
  for (const legs::LegRows& list : answer.legs) {
    for (const legs::LegRow& row : list.rows) {
      bytes += row.text.size() + (query.fusion ? kFusedRow : 0);
    }
  }
  return bytes;
}

// The store's refusal as it came (rule E1).
http::Response relay(Exchange& exchange, features::pages::StoreReply reply) {
  exchange.relayed_status = reply.status;
  return {.status = reply.status,
          .headers = std::move(reply.headers),
          .body = std::move(reply.body),
          .stream = nullptr};
}

}  // namespace

bool may_scatter(const Exchange& exchange, const NamespaceSettings& settings,
                 const features::reserved::QueryShape& shape) {
  if (settings.scatter_shards <= 1 || exchange.route().id == RouteId::kExplainQuery ||
      !shape.understood || std::ranges::any_of(kOtherFeatures, [&](Trigger trigger) {
        return shape.triggers.has(trigger);
      })) {
    return false;
  }
  const auto asked = exchange.request.headers.find("x-layer-scatter");
  return !asked || !core::equals_ignore_case(http::trim(*asked), "off");
}

async::Task<Result<std::optional<http::Response>>> ScatterQuery::answer(
    Exchange& exchange, const NamespaceSettings& settings, Asked asked) {
  LAYER_CO_ASSIGN(const auto range, freshness::time_range_of(asked.body));
  const auto take_apart = [&]() -> Result<std::optional<legs::QueryLegs>> {
    return legs::query_legs(asked.body);
  };
  LAYER_CO_ASSIGN(const auto query, co_await offload(parts_.pool, asked.body.size(), take_apart));
  if (!query) {
    co_return std::nullopt;
  }
  freshness::Stability stability;
  if (asked.level == freshness::ReadLevel::kStable) {
    stability = parts_.stability.look(settings.logical);
  }
  auto outcome = co_await read(exchange, settings, *query,
                               {.cut = freshness::decide_read(asked.level, stability),
                                .range = range,
                                .vector_encoding = query->vector_encoding});
  if (!outcome && is_too_large(outcome.error())) {
    co_return std::nullopt;  // in one piece it is not held
  }
  LAYER_CO_TRY(outcome);
  exchange.used(exchange.target.store->kind() == "embedded" ? ServedBy::kEngine
                                                            : ServedBy::kUpstream);
  if (auto* const refusal = std::get_if<features::pages::StoreReply>(&*outcome)) {
    co_return relay(exchange, std::move(*refusal));
  }
  auto& found = std::get<legs::LegsAnswer>(*outcome);
  exchange.upstream_calls += found.upstream_calls;
  tell_cut(exchange, found.cut, settings.logical, parts_.metrics);
  const auto put_together = [&]() -> Result<std::string> {
    return print(std::move(found), *query);
  };
  LAYER_CO_ASSIGN(auto body, co_await offload(parts_.pool, work_of(found, *query), put_together));
  exchange.billed = features::billing::read_billing(body);
  co_return http::json_response(200, std::move(body));
}

async::Task<Result<legs::LegsOutcome>> ScatterQuery::read(Exchange& exchange,
                                                          const NamespaceSettings& settings,
                                                          const legs::QueryLegs& query,
                                                          legs::ReadRows rows) {
  legs::ReadPlace place{
      .origin = {.store = exchange.target.store,
                 .physical = exchange.target.physical.value_or(std::string(exchange.ns())),
                 .authorization =
                     exchange.caller ? std::string(exchange.caller->authorization()) : ""},
      .ns = settings.logical,
      .shards = settings.scatter_shards,
      .threads = settings.scan_threads,
      .stamped = settings.rules.stamp,
      .id_type = settings.rules.id_type};
  const auto begun = async::SteadyClock::now();
  auto outcome =
      co_await parts_.legs.read(std::move(place), query.legs, std::move(rows), exchange.deadline);
  exchange.upstream += async::SteadyClock::now() - begun;
  co_return outcome;
}

}  // namespace layer::gateway
