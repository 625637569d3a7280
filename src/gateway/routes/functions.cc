#include "gateway/routes/functions.h"

#include <utility>

#include "core/limits.h"
#include "features/functions/print_function.h"
#include "features/functions/requests.h"
#include "gateway/errors.h"
#include "gateway/percent.h"
#include "gateway/read_body.h"

namespace layer::gateway {
namespace {

namespace functions = features::functions;

constexpr std::size_t kSpecBytesMax = 256 * core::limits::kKiB;

http::Response print(int status, const functions::RegisteredFunction& function) {
  json::Writer out;
  functions::write_function(out, function);
  return http::json_response(status, std::move(out).take());
}

}  // namespace

Result<functions::FunctionRegistry*> registry_of(const FunctionParts& parts) {
  if (parts.registry == nullptr) {
    return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                                 .message = "functions need a queue database (--database-url)",
                                 .fields = {{.name = "feature", .value = "functions"},
                                            {.name = "reason", .value = "queue_database"}}});
  }
  return parts.registry;
}

async::Task<Result<void>> authorise_function(const FunctionParts& parts, const Exchange& exchange,
                                             Scope scope, const functions::FunctionSpec& spec) {
  if (!spec.index_selector.empty() && scope == Scope::kAdmin) {
    // Whatever will be selected later is its, too.
    LAYER_CO_TRY(parts.access.authorise_all(exchange, scope));
  }
  for (const std::string& ns : parts.registry->namespaces_of(spec)) {
    LAYER_CO_TRY(co_await parts.access.authorise(exchange, scope, ns));
  }
  co_return Result<void>{};
}

async::Task<Result<functions::RegisteredFunction>> open_function(const FunctionParts& parts,
                                                                 const Exchange& exchange) {
  LAYER_CO_ASSIGN(functions::FunctionRegistry * registry, registry_of(parts));
  LAYER_CO_ASSIGN(functions::RegisteredFunction function,
                  co_await registry->find(percent_decode(exchange.match.params[0])));
  LAYER_CO_TRY(co_await authorise_function(parts, exchange, exchange.route().scope, function.spec));
  co_return function;
}

functions::Resolve resolve_for(const FunctionParts& parts, const Exchange& exchange) {
  std::string authorization(exchange.caller ? exchange.caller->authorization() : "");
  return functions::resolve_by([&targets = parts.targets, authorization = std::move(authorization)](
                                   const std::string& ns) -> Result<features::documents::Origin> {
    LAYER_ASSIGN(const Target target, targets.resolve(ns));
    return features::documents::Origin{.store = target.store,
                                       .physical = target.physical.value_or(ns),
                                       .authorization = authorization};
  });
}

async::Task<Result<http::Response>> FunctionsRoute::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(functions::FunctionRegistry * registry, registry_of(parts_));
  switch (exchange.route().id) {
    case RouteId::kCreateFunction:
      co_return co_await create(exchange);
    case RouteId::kPutFunction:
      co_return co_await put(exchange);
    case RouteId::kFunctions:
      co_return co_await list(exchange);
    default:
      break;
  }
  LAYER_CO_ASSIGN(const auto function, co_await open_function(parts_, exchange));
  switch (exchange.route().id) {
    case RouteId::kDeleteFunction:
      LAYER_CO_TRY(co_await registry->remove(function.id));
      co_return http::json_response(200, R"({"status":"OK"})");
    case RouteId::kFunctionStatus: {
      LAYER_CO_ASSIGN(const auto status, co_await registry->status(function.id));
      co_return http::json_response(200, functions::print_status(status, parts_.clock.wall_ms()));
    }
    case RouteId::kPauseFunction:
    case RouteId::kResumeFunction: {
      const bool paused = exchange.route().id == RouteId::kPauseFunction;
      LAYER_CO_ASSIGN(const auto changed, co_await registry->pause(function.id, paused));
      parts_.registered();
      co_return print(200, changed);
    }
    case RouteId::kResetFailedItems: {
      LAYER_CO_ASSIGN(const std::size_t updated, co_await registry->reset_failed(function.id));
      json::Writer out;
      out.begin_object().member("udf_id", function.id).member("updated", updated).end_object();
      co_return http::json_response(200, std::move(out).take());
    }
    default:
      co_return co_await show(function);
  }
}

async::Task<Result<http::Response>> FunctionsRoute::create(Exchange& exchange) {
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kSpecBytesMax));
  LAYER_CO_ASSIGN(functions::FunctionAsk ask, functions::parse_function(body));
  LAYER_CO_ASSIGN(const functions::FunctionSpec spec, functions::parse_spec(ask.spec));
  LAYER_CO_TRY(co_await authorise_function(parts_, exchange, Scope::kAdmin, spec));
  LAYER_CO_ASSIGN(const auto made, co_await parts_.registry->create(
                                       std::move(ask.id), std::move(ask.spec), ask.paused));
  parts_.registered();
  co_return print(201, made);
}

async::Task<Result<http::Response>> FunctionsRoute::put(Exchange& exchange) {
  const std::string id = percent_decode(exchange.match.params[0]);
  LAYER_CO_ASSIGN(const std::string body, co_await read_body(exchange, kSpecBytesMax));
  LAYER_CO_ASSIGN(functions::FunctionAsk ask, functions::parse_function(body));
  if (!ask.id.empty() && ask.id != id) {
    co_return std::unexpected(validation_error("id", "is not the one of the path"));
  }
  LAYER_CO_ASSIGN(const functions::FunctionSpec spec, functions::parse_spec(ask.spec));
  LAYER_CO_TRY(co_await authorise_function(parts_, exchange, Scope::kAdmin, spec));
  // Of a function that is there, what it is changed from is the caller's business, too.
  if (const auto before = co_await parts_.registry->find(id)) {
    LAYER_CO_TRY(co_await authorise_function(parts_, exchange, Scope::kAdmin, before->spec));
  }
  LAYER_CO_ASSIGN(const auto made,
                  co_await parts_.registry->put(id, std::move(ask.spec), ask.paused));
  parts_.registered();
  co_return co_await show(made);
}

// {"udf":{...},"status":{...}}
async::Task<Result<http::Response>> FunctionsRoute::show(
    const functions::RegisteredFunction& function) {
  LAYER_CO_ASSIGN(const auto status, co_await parts_.registry->status(function.id));
  json::Writer out;
  out.begin_object().key("udf");
  functions::write_function(out, function);
  out.key("status").raw(functions::print_status(status, parts_.clock.wall_ms()));
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

// Those of which the caller may read every namespace.
async::Task<Result<http::Response>> FunctionsRoute::list(Exchange& exchange) {
  LAYER_CO_ASSIGN(const auto all, co_await parts_.registry->list());
  json::Writer out;
  out.begin_object().key("udfs").begin_array();
  for (const functions::RegisteredFunction& function : all) {
    const auto namespaces = parts_.registry->namespaces_of(function.spec);
    if (std::ranges::all_of(namespaces, [&](const std::string& ns) {
          return parts_.access.may_read(exchange, ns);
        })) {
      functions::write_function(out, function);
    }
  }
  out.end_array().end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
