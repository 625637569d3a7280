#include "gateway/routes/document_source.h"

#include <utility>

#include "features/documents/ids.h"
#include "features/freshness/read_after.h"
#include "features/namespaces/settings.h"
#include "gateway/errors.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace documents = features::documents;
namespace freshness = features::freshness;
namespace namespaces = features::namespaces;

// A refusal that the shape of the namespace may be the reason for.
bool may_be_of_shape(const documents::RefusalPtr& refusal) {
  return refusal != nullptr &&
         (refusal->status == 400 || refusal->status == 404 || refusal->status == 422);
}

std::string_view cache_header(const documents::Fetched& fetched) {
  if (fetched.bypassed > 0) {
    return "bypass";
  }
  if (fetched.misses == 0) {
    return "hit";
  }
  return fetched.hits == 0 ? "miss" : "partial";
}

void account(Exchange& exchange, const documents::Fetched& fetched) {
  exchange.upstream += fetched.origin_time;
  exchange.cache += fetched.cache_time;
  exchange.cache_used = true;
  const std::string_view result = cache_header(fetched);
  exchange.answer_headers.set("x-layer-cache", result);
  exchange.fetch = {.batch = exchange.route().id == RouteId::kDocumentBatch,
                    .ids = fetched.rows.size(),
                    .cache_result = result};
  if (fetched.hits > 0) {
    exchange.used(ServedBy::kCache);
  }
  if (fetched.misses + fetched.bypassed > 0) {
    exchange.used(exchange.target.store->kind() == "embedded" ? ServedBy::kEngine
                                                              : ServedBy::kUpstream);
  }
}

}  // namespace

Result<DocumentSource::Ask> DocumentSource::read_ask(const Exchange& exchange) const {
  Ask ask;
  const std::string_view query = exchange.request.query();
  if (!query.empty()) {
    if (const auto name = query_parameter(query, "id_type")) {
      LAYER_ASSIGN(ask.id_type, documents::parse_id_type(*name));
    }
    if (const auto level = query_parameter(query, "consistency")) {
      if (*level != "strong" && *level != "eventual") {
        return std::unexpected(validation_error("consistency", "expected strong or eventual"));
      }
      ask.level = *level == "eventual" ? documents::Level::kEventual : documents::Level::kStrong;
    }
  }
  LAYER_ASSIGN(const auto after,
               freshness::parse_read_after(exchange.request.headers, parts_.signer, parts_.hlc,
                                           parts_.clock.wall_ms()));
  if (!after.empty()) {
    const auto table = parts_.router.table();
    LAYER_ASSIGN(const auto route, table->find(exchange.ns()));
    for (const freshness::WriteToken& token : after.tokens) {
      if (token.ns == route.logical) {
        // A strong read sees every write; what is cached here has seen this gateway's alone.
        ask.level = documents::Level::kStrong;
        ask.skip_cache |= !parts_.cache_shared && token.stamp.gateway != parts_.gateway_id;
      }
    }
  }
  return ask;
}

async::Task<Result<DocumentSource::Place>> DocumentSource::find(const Exchange& exchange) {
  const auto table = parts_.router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  auto state = parts_.states.known(route.logical);
  if (!state->known) {
    state = co_await parts_.states.load(std::string(route.logical));
  }
  Place place{.ns = {.store = std::string(route.store->name()),
                     .ns = std::string(route.logical),
                     .incarnation = state->incarnation},
              .origin = {.store = route.store,
                         .physical = std::string(route.physical),
                         .authorization =
                             exchange.caller ? std::string(exchange.caller->authorization()) : ""},
              .state_known = state->known};
  if (const auto& settings = namespaces::settings(route).cache) {
    place.ns.ttl = settings->ttl;
    place.ns.writers_gateway_only = settings->writers_gateway_only;
    place.ns.staging = settings->staging;
  }
  co_return place;
}

async::Task<Result<DocumentSource::Read>> DocumentSource::read(Exchange& exchange, const Ask& ask,
                                                               const ReadIds& read_ids) {
  LAYER_CO_ASSIGN(const Place place, co_await find(exchange));
  for (;;) {
    LAYER_CO_ASSIGN(auto known, co_await parts_.shapes.load(place.origin, place.ns.incarnation,
                                                            exchange.deadline));
    Read out{.shape = known.shape, .ns = place.ns};
    if (known.refusal) {
      out.fetched.refusal = std::move(known.refusal);
      co_return out;
    }
    const wire::IdType type = ask.id_type.value_or(known.shape->id_type());
    auto ids = read_ids(type);
    if (!ids && (known.fresh || ask.id_type)) {
      co_return std::unexpected(std::move(ids).error());
    }
    if (ids) {
      out.ids = *ids;
      LAYER_CO_ASSIGN(out.fetched, co_await parts_.fetcher.fetch(
                                       {.ns = place.ns,
                                        .origin = place.origin,
                                        .shape = std::move(known.shape),
                                        .ids = std::move(*ids),
                                        .level = ask.level,
                                        .skip_cache = ask.skip_cache || !place.state_known,
                                        .deadline = exchange.deadline}));
      if (known.fresh || !(out.fetched.shape_is_old || may_be_of_shape(out.fetched.refusal))) {
        account(exchange, out.fetched);
        if (out.fetched.misses > 0 && parts_.missed) {
          parts_.missed(place.ns.ns);
        }
        co_return out;
      }
      exchange.upstream += out.fetched.origin_time;
    }
    parts_.shapes.forget(place.origin, place.ns.incarnation);
  }
}

http::Response DocumentSource::relay(Exchange& exchange, const documents::Refusal& refusal) {
  exchange.used(exchange.target.store->kind() == "embedded" ? ServedBy::kEngine
                                                            : ServedBy::kUpstream);
  exchange.relayed_status = refusal.status;
  return {.status = refusal.status,
          .headers = refusal.headers,
          .body = refusal.body,
          .stream = nullptr};
}

void DocumentSource::warn_of_vectors(Exchange& exchange, const documents::Shape& shape,
                                     const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (shape.is_vector(name)) {
      exchange.warn("vector_attribute_dropped");
    }
  }
}

}  // namespace layer::gateway
