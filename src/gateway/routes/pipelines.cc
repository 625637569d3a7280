#include "gateway/routes/pipelines.h"

#include <utility>

#include "core/limits.h"
#include "features/pipelines/print.h"
#include "features/pipelines/requests.h"
#include "gateway/errors.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace pipelines = features::pipelines;

constexpr std::size_t kCreateBytesMax = 64 * core::limits::kKiB;

http::Response print(int status, const queue::Pipeline& pipeline) {
  json::Writer out;
  pipelines::put_pipeline(out, pipeline);
  return http::json_response(status, std::move(out).take());
}

Result<bool> read_fresh(const Exchange& exchange) {
  const std::string text = query_parameter(exchange.request.query(), "fresh").value_or("false");
  if (text != "true" && text != "false") {
    return std::unexpected(validation_error("fresh", "expected true or false"));
  }
  return text == "true";
}

}  // namespace

Result<pipelines::Pipelines*> pipelines_of(const PipelineParts& parts) {
  if (parts.pipelines == nullptr) {
    return std::unexpected(
        Error{.code = ErrorCode::kFeatureUnavailable,
              .message = "pipelines need a queue database (--database-url) and an object store "
                         "(--object-store)",
              .fields = {{.name = "feature", .value = "pipelines"},
                         {.name = "reason", .value = "queue_database"}}});
  }
  return parts.pipelines;
}

async::Task<Result<queue::Pipeline>> open_pipeline(const PipelineParts& parts,
                                                   const Exchange& exchange) {
  LAYER_CO_ASSIGN(pipelines::Pipelines * service, pipelines_of(parts));
  LAYER_CO_ASSIGN(queue::Pipeline pipeline,
                  co_await service->find(percent_decode(exchange.match.params[0])));
  LAYER_CO_TRY(
      co_await parts.access.authorise(exchange, exchange.route().scope, pipeline.target_namespace));
  co_return pipeline;
}

async::Task<Result<http::Response>> PipelinesRoute::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(pipelines::Pipelines * service, pipelines_of(parts_));
  switch (exchange.route().id) {
    case RouteId::kCreatePipeline:
      co_return co_await create(exchange);
    case RouteId::kPipelines:
      co_return co_await list(exchange);
    default:
      break;
  }
  LAYER_CO_ASSIGN(const queue::Pipeline pipeline, co_await open_pipeline(parts_, exchange));
  switch (exchange.route().id) {
    case RouteId::kDeletePipeline:
      LAYER_CO_TRY(co_await service->remove(pipeline.id));
      co_return http::json_response(200, R"({"status":"OK"})");
    case RouteId::kPipelineStatus: {
      LAYER_CO_ASSIGN(const bool fresh, read_fresh(exchange));
      LAYER_CO_ASSIGN(const auto status, co_await service->status(pipeline.id, fresh));
      co_return http::json_response(200, pipelines::print_status(status));
    }
    default:
      co_return print(200, pipeline);
  }
}

async::Task<Result<http::Response>> PipelinesRoute::create(Exchange& exchange) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kCreateBytesMax));
  LAYER_CO_ASSIGN(queue::Pipeline pipeline, pipelines::parse_pipeline(body));
  LAYER_CO_TRY(
      co_await parts_.access.authorise(exchange, Scope::kAdmin, pipeline.target_namespace));
  LAYER_CO_ASSIGN(const queue::Pipeline made,
                  co_await parts_.pipelines->create(std::move(pipeline)));
  co_return print(201, made);
}

// Those whose namespace the caller may read.
async::Task<Result<http::Response>> PipelinesRoute::list(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto all, co_await parts_.pipelines->list());
  json::Writer out;
  out.begin_object().key("pipelines").begin_array();
  for (const queue::Pipeline& pipeline : all) {
    if (parts_.access.may_read(exchange, pipeline.target_namespace)) {
      pipelines::put_pipeline(out, pipeline);
    }
  }
  out.end_array().end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
