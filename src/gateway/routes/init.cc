#include "gateway/routes/init.h"

#include <utility>

#include "features/namespaces/metadata_block.h"
#include "gateway/peeked_body.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace layout = features::layout;
namespace namespaces = features::namespaces;

constexpr std::size_t kBodyBytesMax = 64 * core::limits::kKiB;

async::Task<Result<layout::InitParams>> read_params(Exchange& exchange) {
  PeekedBody body(exchange,
                  {.held_bytes_max = kBodyBytesMax, .decoded_bytes_max = kBodyBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(kBodyBytesMax));
  }
  co_return layout::parse_init(body.text());
}

}  // namespace

InitRoute::InitRoute(const Parts& parts)
    : parts_(parts),
      service_({.runner = parts.jobs.runner,
                .objects = parts.objects,
                .router = parts.router,
                .states = parts.states,
                .clock = parts.jobs.clock,
                .changed = parts.changed,
                .has_credential = parts.has_credential}) {
  if (parts.objects == nullptr || parts.jobs.runner == nullptr) {
    return;
  }
  job_ = std::make_unique<layout::BackfillJob>(
      layout::BackfillJob::Parts{.objects = *parts.objects,
                                 .router = parts.router,
                                 .states = parts.states,
                                 .hlc = parts.hlc,
                                 .cache = parts.cache,
                                 .pool = parts.pool,
                                 .clock = parts.jobs.clock,
                                 .metrics = parts.metrics,
                                 .changed = parts.changed,
                                 .watch = parts.watch,
                                 .wait = parts.backfill.wait,
                                 .batch_size = parts.backfill.batch_size,
                                 .pages_per_second = parts.backfill.pages_per_second});
  parts.jobs.runner->add(*job_);
}

async::Task<Result<http::Response>> InitRoute::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(layout::InitParams params, co_await read_params(exchange));
  const bool passthrough = exchange.caller && exchange.caller->is_passthrough();
  auto outcome = co_await service_.init(
      {.ns = std::string(exchange.ns()),
       .owner = job_owner(exchange),
       .passthrough = passthrough,
       .bearer = exchange.caller ? std::string(exchange.caller->authorization()) : "",
       .params = params});
  if (!outcome) {
    co_return std::unexpected(job_failure(std::move(outcome).error()));
  }
  const auto table = parts_.router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  LAYER_CO_ASSIGN(const auto settings, parts_.settings.known(exchange.ns()));
  const namespaces::NamespaceState state{
      .layout = outcome->layout, .incarnation = outcome->layout.incarnation, .known = true};
  json::Writer out;
  out.begin_object().member("namespace", route.logical).key("layer");
  out.raw(namespaces::print_layer_block({.route = route,
                                         .state = state,
                                         .stability = parts_.stability.look(route.logical),
                                         .stamp = settings.rules.stamp,
                                         .row_count = outcome->row_count}));
  if (outcome->job_id) {
    out.member("job_id", *outcome->job_id);
    exchange.answer_headers.set("x-layer-job-id", *outcome->job_id);
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
