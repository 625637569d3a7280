#include "gateway/routes/pipeline_documents.h"

#include <utility>

#include "core/limits.h"
#include "features/pipelines/names.h"
#include "features/pipelines/print.h"
#include "gateway/list_cursor.h"
#include "gateway/list_parameters.h"
#include "gateway/offload.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace pipelines = features::pipelines;

constexpr std::size_t kLeaseBytesMax = 16 * core::limits::kMiB;  // 10,000 ids of 512 bytes, escaped
constexpr std::size_t kListDefault = 100;

}  // namespace

async::Task<Result<http::Response>> PipelineDocuments::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const queue::Pipeline pipeline, co_await open_pipeline(parts_, exchange));
  switch (exchange.route().id) {
    case RouteId::kStageDocument:
      co_return co_await stage(exchange, pipeline);
    case RouteId::kPipelineDocuments:
      co_return co_await list(exchange, pipeline);
    default:
      break;
  }
  LAYER_CO_ASSIGN(const auto chunks, co_await parts_.pipelines->chunks(
                                         pipeline.id, percent_decode(exchange.match.params[1])));
  co_return http::json_response(200, pipelines::print_chunks(chunks));
}

async::Task<Result<http::Response>> PipelineDocuments::stage(Exchange& exchange,
                                                             const queue::Pipeline& pipeline) {
  const std::string id = percent_decode(exchange.match.params[1]);
  LAYER_CO_TRY(pipelines::check_document_id(id));
  LAYER_CO_ASSIGN(const std::string body,
                  co_await read_body(exchange, pipelines::kDocumentBytesMax));
  const auto parse = [&] { return pipelines::parse_staged(body); };
  LAYER_CO_ASSIGN(pipelines::StagedDocument staged,
                  co_await offload(parts_.pool, body.size(), parse));
  json::Writer out;
  out.begin_object()
      .member("pipeline_id", pipeline.id)
      .member("document_id", id)
      .member("stage", staged.stage)
      .member("chunk_count", staged.chunks.size())
      .key("chunk_ids")
      .begin_array();
  for (const pipelines::Chunk& chunk : staged.chunks) {
    out.value(chunk.id);
  }
  out.end_array().end_object();
  LAYER_CO_TRY(co_await parts_.pipelines->stage(pipeline.id, id, std::move(staged)));
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> PipelineDocuments::list(Exchange& exchange,
                                                            const queue::Pipeline& pipeline) {
  const std::string_view query = exchange.request.query();
  const queue::DocumentFilter filter{.stage = query_parameter(query, "stage").value_or(""),
                                     .prefix = query_parameter(query, "prefix").value_or("")};
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", kListDefault, queue::kWorkListMax));
  const std::string bound = pipeline.id + '\n' + filter.stage + '\n' + filter.prefix;
  std::string after;
  if (const std::string cursor = query_parameter(query, "cursor").value_or(""); !cursor.empty()) {
    LAYER_CO_ASSIGN(after, open_list_cursor(cursor, bound, parts_.clock.wall_ms(), parts_.signer));
  }
  LAYER_CO_ASSIGN(const auto documents,
                  co_await parts_.pipelines->documents(pipeline.id, filter, after, limit));
  json::Writer out;
  out.begin_object().key("documents").begin_array();
  for (const queue::Document& document : documents) {
    pipelines::put_document(out, document);
  }
  out.end_array();
  if (documents.size() == limit) {
    out.member("next_cursor",
               seal_list_cursor(documents.back().id, bound, parts_.clock.wall_ms(), parts_.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> PipelineLeases::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const queue::Pipeline pipeline, co_await open_pipeline(parts_, exchange));
  switch (exchange.route().id) {
    case RouteId::kClaimDocuments:
      co_return co_await claim(exchange, pipeline);
    case RouteId::kDocumentHeartbeat:
      co_return co_await heartbeat(exchange, pipeline);
    default:
      co_return co_await move(exchange, pipeline);
  }
}

async::Task<Result<http::Response>> PipelineLeases::claim(Exchange& exchange,
                                                          const queue::Pipeline& pipeline) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kLeaseBytesMax));
  LAYER_CO_ASSIGN(queue::ClaimDocuments claim, pipelines::parse_claim(body));
  claim.pipeline = pipeline.id;
  LAYER_CO_ASSIGN(const auto claimed, co_await parts_.pipelines->claim(claim));
  co_return http::json_response(200, pipelines::print_claim(claim, claimed));
}

async::Task<Result<http::Response>> PipelineLeases::heartbeat(Exchange& exchange,
                                                              const queue::Pipeline& pipeline) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kLeaseBytesMax));
  const auto parse = [&] { return pipelines::parse_heartbeat(body); };
  LAYER_CO_ASSIGN(const pipelines::Heartbeat beat,
                  co_await offload(parts_.pool, body.size(), parse));
  LAYER_CO_ASSIGN(const auto outcomes, co_await parts_.pipelines->extend(pipeline.id, beat));
  if (auto refused = queue::all_refused(outcomes, "documents")) {
    co_return std::unexpected(std::move(*refused));
  }
  co_return http::json_response(
      200, pipelines::print_outcomes(pipeline.id, beat.stage, beat.documents, outcomes));
}

async::Task<Result<http::Response>> PipelineLeases::move(Exchange& exchange,
                                                         const queue::Pipeline& pipeline) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kLeaseBytesMax));
  const auto parse = [&] { return pipelines::parse_move(body); };
  LAYER_CO_ASSIGN(queue::MoveDocuments move, co_await offload(parts_.pool, body.size(), parse));
  move.pipeline = pipeline.id;
  // What others hold is moved without a lease only by whom the namespace belongs to.
  move.operates = parts_.access.may(exchange, Scope::kAdmin, pipeline.target_namespace);
  LAYER_CO_ASSIGN(const auto outcomes, co_await parts_.pipelines->move(move));
  if (auto refused = queue::all_refused(outcomes, "documents")) {
    co_return std::unexpected(std::move(*refused));
  }
  co_return http::json_response(
      200, pipelines::print_outcomes(pipeline.id, move.stage, move.documents, outcomes));
}

}  // namespace layer::gateway
