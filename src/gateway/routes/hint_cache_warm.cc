#include "gateway/routes/hint_cache_warm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/units.h"
#include "features/namespaces/upstream.h"
#include "features/warm/blob_warm.h"
#include "features/warm/print_warm.h"
#include "gateway/errors.h"
#include "gateway/percent.h"
#include "gateway/routes/jobs.h"
#include "gateway/routes/snapshots.h"

namespace layer::gateway {
namespace {

namespace warm = features::warm;

constexpr std::array kParameters{"turbopuffer", "documents",         "snapshots",
                                 "blobs",       "blob_budget_bytes", "page_size"};

bool asks_for_more(std::string_view query) {
  return std::ranges::any_of(
      kParameters, [query](const char* name) { return query_parameter(query, name).has_value(); });
}

Result<void> read_switch(std::string_view query, const char* name, bool& flag) {
  if (const auto text = query_parameter(query, name)) {
    if (*text != "true" && *text != "false") {
      return std::unexpected(validation_error(name, "expected true or false"));
    }
    flag = *text == "true";
  }
  return {};
}

void put_step(json::Writer& out, std::string_view step, bool enabled, std::string_view status) {
  out.key(step).begin_object();
  out.member("enabled", enabled).member("status", status).end_object();
}

}  // namespace

Result<HintCacheWarm::Ask> HintCacheWarm::read_ask(std::string_view query) {
  Ask ask;
  LAYER_TRY(read_switch(query, "turbopuffer", ask.store));
  LAYER_TRY(read_switch(query, "documents", ask.documents));
  LAYER_TRY(read_switch(query, "snapshots", ask.snapshots));
  LAYER_TRY(read_switch(query, "blobs", ask.blobs));
  if (const auto size = query_parameter(query, "page_size")) {
    LAYER_TRY(warm::set_param(ask.params, "page_size", *size));
  }
  if (const auto budget = query_parameter(query, "blob_budget_bytes")) {
    const auto bytes = core::parse_uint(*budget);
    if (!bytes || *bytes == 0) {
      return std::unexpected(
          validation_error("blob_budget_bytes", "expected an integer of at least 1"));
    }
    ask.blob_budget_bytes = *bytes;
  }
  if (ask.blobs && ask.blob_budget_bytes == 0) {
    return std::unexpected(validation_error("blob_budget_bytes", "needed with blobs=true"));
  }
  return ask;
}

async::Task<Result<http::Response>> HintCacheWarm::handle(Exchange& exchange) {
  const std::string_view query = exchange.request.query();
  if (!asks_for_more(query)) {
    co_return co_await parts_.proxy.handle(exchange);
  }
  if (!exchange.ns_valid()) {
    co_return std::unexpected(
        validation_error("namespace", "expected 1 to 128 of A-Z a-z 0-9 - _ ."));
  }
  LAYER_CO_ASSIGN(const Ask ask, read_ask(query));
  const std::string ns(exchange.ns());
  if (exchange.caller) {
    LAYER_CO_TRY(co_await parts_.verifier.verify(*exchange.caller, *exchange.target.store,
                                                 exchange.target.physical.value_or(ns),
                                                 exchange.deadline));
  }
  if ((ask.documents || ask.snapshots) && !parts_.service.cache_usable()) {
    co_return std::unexpected(parts_.service.cold());
  }
  co_return co_await run(exchange, ask);
}

async::Task<Result<http::Response>> HintCacheWarm::run(Exchange& exchange, const Ask& ask) {
  const std::string ns(exchange.ns());
  json::Writer out;
  out.begin_object().member("namespace", ns);
  std::string_view hinted = "skipped";
  if (ask.store) {
    store::Call call = Proxy::make_call(exchange, false);
    call.target.resize(std::min(call.target.size(), call.target.find('?')));
    LAYER_CO_ASSIGN(auto answer, co_await parts_.proxy.send(exchange, std::move(call)));
    if (answer.status < 200 || answer.status > 299) {
      co_return parts_.proxy.relay(exchange, std::move(answer));
    }
    hinted = answer.status == 200 ? "completed" : "started";
    // The connection is free again once the answer was read.
    LAYER_CO_TRY(co_await features::namespaces::collect(
        answer, features::namespaces::kUpstreamBodyBytesMax));
  }
  put_step(out, "turbopuffer", ask.store, hinted);
  out.key("documents").begin_object().member("enabled", ask.documents);
  if (ask.documents) {
    auto job = co_await parts_.service.start(
        {.ns = ns,
         .owner = job_owner(exchange),
         .passthrough = exchange.caller && exchange.caller->is_passthrough(),
         .params = ask.params});
    if (!job) {
      co_return std::unexpected(job_failure(std::move(job).error()));
    }
    exchange.answer_headers.set("x-layer-job-id", job->spec.id);
    out.member("status", "started").key("job");
    warm::put_warm_job(out, *job, parts_.clock.wall_ms());
  } else {
    out.member("status", "skipped");
  }
  out.end_object();
  if (ask.snapshots) {
    LAYER_CO_TRY(co_await warm_snapshot(ns, out));
  } else {
    put_step(out, "snapshots", false, "skipped");
  }
  if (ask.blobs) {
    LAYER_CO_TRY(co_await warm_blobs(exchange, ask, out));
  } else {
    put_step(out, "blobs", false, "skipped");
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<void>> HintCacheWarm::warm_snapshot(std::string ns, json::Writer& out) {
  LAYER_CO_ASSIGN(const auto place, co_await parts_.places.find(std::move(ns)));
  std::optional<features::snapshots::Latest> latest;
  if (parts_.snapshots != nullptr) {
    auto found = co_await parts_.snapshots->latest(place.cached.ns, place.cached.incarnation);
    if (!found) {
      co_return std::unexpected(snapshot_failure(std::move(found).error()));
    }
    latest = std::move(*found);
  }
  if (!latest) {
    put_step(out, "snapshots", true, "no_snapshot");
    co_return Result<void>{};
  }
  if (auto body = co_await parts_.snapshots->body(latest->key); !body) {
    co_return std::unexpected(snapshot_failure(std::move(body).error()));
  }
  out.key("snapshots").begin_object().member("enabled", true).member("status", "completed");
  out.member("key", latest->key).member("watermark_ms", latest->unchanged_through_ms);
  out.member("sha", latest->sha).end_object();
  co_return Result<void>{};
}

// The rows are read with what opens the store for the caller.
async::Task<Result<void>> HintCacheWarm::warm_blobs(const Exchange& exchange, const Ask& ask,
                                                    json::Writer& out) {
  LAYER_CO_ASSIGN(auto place, co_await parts_.places.find(std::string(exchange.ns())));
  if (exchange.caller) {
    place.origin.authorization = exchange.caller->authorization();
  }
  warm::BlobWarmReport report;
  if (!place.blob_attributes.empty()) {
    using features::pages::PageQuery;
    features::pages::RowPages pages(
        place.origin, nullptr,
        {.page_size = ask.params.page_size, .columns = PageQuery::Columns::kAll}, parts_.pool);
    LAYER_CO_ASSIGN(report, co_await warm::warm_blobs(parts_.blobs, pages,
                                                      {.ns = place.cached.ns,
                                                       .attributes = place.blob_attributes,
                                                       .budget_bytes = ask.blob_budget_bytes,
                                                       .deadline = exchange.deadline},
                                                      parts_.pool));
  }
  out.key("blobs").begin_object();
  out.member("enabled", true).member("status", "completed");
  out.key("attributes").begin_array();
  for (const std::string& attribute : place.blob_attributes) {
    out.value(attribute);
  }
  out.end_array();
  out.member("budget_bytes", ask.blob_budget_bytes);
  warm::put_blob_report(out, report);
  out.end_object();
  co_return Result<void>{};
}

}  // namespace layer::gateway
