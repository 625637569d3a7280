#include "gateway/routes/pipeline_rows.h"

#include <utility>

#include "core/limits.h"
#include "features/pipelines/print.h"
#include "features/pipelines/vector_rows.h"
#include "gateway/offload.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace pipelines = features::pipelines;

constexpr std::size_t kRowsBytesMax = 64 * core::limits::kMiB;

bool succeeded(const http::Response& answer) {
  return answer.status >= 200 && answer.status < 300;
}

}  // namespace

async::Task<Result<http::Response>> PipelineRows::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const queue::Pipeline pipeline, co_await open_pipeline(parts_, exchange));
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kRowsBytesMax));
  const auto parse = [&] { return pipelines::parse_rows(body); };
  LAYER_CO_ASSIGN(const pipelines::RowsAsk ask, co_await offload(parts_.pool, body.size(), parse));
  if (exchange.route().id == RouteId::kDocumentVectors) {
    co_return co_await write_vectors(exchange, pipeline, ask);
  }
  if (exchange.route().id == RouteId::kDocumentRows) {
    LAYER_CO_TRY(co_await held(exchange, pipeline, ask));
  }
  const auto make = [&] { return pipelines::write_of_rows(ask.write, pipeline.distance_metric); };
  LAYER_CO_ASSIGN(std::string write, co_await offload(parts_.pool, body.size(), make));
  co_return co_await parts_.write.send(exchange, pipeline.target_namespace, std::move(write));
}

async::Task<Result<http::Response>> PipelineRows::write_vectors(Exchange& exchange,
                                                                const queue::Pipeline& pipeline,
                                                                const pipelines::RowsAsk& ask) {
  LAYER_CO_ASSIGN(const queue::Document document, co_await held(exchange, pipeline, ask));
  LAYER_CO_ASSIGN(const auto chunks, co_await parts_.pipelines->chunks(pipeline.id, document.id));
  const auto make = [&] {
    return pipelines::write_of_vectors(ask.write, chunks, pipeline.distance_metric);
  };
  LAYER_CO_ASSIGN(std::string write, co_await offload(parts_.pool, ask.write.size(), make));
  LAYER_CO_ASSIGN(auto answer, co_await parts_.write.send(exchange, pipeline.target_namespace,
                                                          std::move(write)));
  if (!succeeded(answer)) {
    co_return std::move(answer);  // the document keeps its lease and its stage
  }
  // The rows are there; whether this worker's lease still counts is decided with the mark.
  queue::MoveDocuments move{.pipeline = pipeline.id,
                            .documents = {{.id = document.id, .epoch = ask.epoch}},
                            .stage = std::string(queue::kStageIndexed),
                            .worker = ask.worker};
  LAYER_CO_ASSIGN(const auto outcomes, co_await parts_.pipelines->move(std::move(move)));
  if (auto refused = queue::all_refused(outcomes, "documents")) {
    co_return std::unexpected(std::move(*refused));
  }
  exchange.relayed_status = 0;
  co_return http::json_response(200, R"({"status":"OK"})");
}

async::Task<Result<queue::Document>> PipelineRows::held(Exchange& exchange,
                                                        const queue::Pipeline& pipeline,
                                                        const pipelines::RowsAsk& ask) {
  LAYER_CO_ASSIGN(
      queue::Document document,
      co_await parts_.pipelines->document(pipeline.id, percent_decode(exchange.match.params[1])));
  if (ask.epoch == 0 && ask.worker.empty() && document.until_ms == 0) {
    co_return document;
  }
  const bool theirs = document.until_ms > 0 &&
                      (ask.epoch > 0 ? ask.epoch == document.epoch : ask.worker == document.worker);
  if (!theirs) {
    const queue::LeaseState state{.leased = document.until_ms > 0,
                                  .claimable = document.until_ms == 0,
                                  .epoch = document.epoch,
                                  .worker = document.worker,
                                  .until_ms = document.until_ms};
    co_return std::unexpected(*queue::all_refused(
        {queue::refuse(state, ask.epoch, ask.worker, !pipeline.paused)}, "documents"));
  }
  co_return document;
}

}  // namespace layer::gateway
