#include "gateway/routes/cut_query.h"

#include <string>
#include <utility>

#include "gateway/held_answer.h"
#include "gateway/metrics_table.h"
#include "gateway/offload.h"
#include "wire/reserved_names.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;

// An error of a store that names an attribute is shorter.
constexpr std::size_t kErrorBytesMax = 64 * core::limits::kKiB;
constexpr int kTooManyRequests = 429;

std::unexpected<Error> without_stamps(std::string_view feature) {
  return std::unexpected(
      Error{.code = ErrorCode::kFeatureUnavailable,
            .message = "writes to this namespace carry no stamps, so rows cannot be told apart by "
                       "when they were written; switch stamping on",
            .fields = {{.name = "feature", .value = std::string(feature)},
                       {.name = "reason", .value = "stamp_off"}}});
}

// Whether the store refuses the query because it has never seen a stamp in this namespace.
async::Task<bool> knows_no_stamps(store::Answer& answer) {
  const bool refused = answer.status == 400 || answer.status == 422;
  if (!refused || is_encoded(answer.headers)) {
    co_return false;
  }
  const auto held = co_await hold_answer(answer, kErrorBytesMax);
  co_return held && *held&& answer.body.find(wire::kStampAttribute) != std::string::npos;
}

}  // namespace

async::Task<Result<http::Response>> CutQuery::answer(Exchange& exchange,
                                                     const NamespaceSettings& settings,
                                                     Asked asked) {
  LAYER_CO_ASSIGN(const auto range, freshness::time_range_of(asked.body));
  if (!settings.rules.stamp && (asked.stable || !range.empty())) {
    co_return without_stamps(asked.stable ? "stable" : "temporal");
  }
  freshness::ReadCut read;
  freshness::QueryEdit edit{.range = range};
  if (asked.stable) {
    read = freshness::decide_read(freshness::ReadLevel::kStable,
                                  parts_.stability.look(settings.logical));
    edit.cut_ms = read.cut_ms;
    edit.level = read.upstream;
  }
  LAYER_CO_ASSIGN(auto answer, co_await send(exchange, asked, edit));
  if (answer.status == kTooManyRequests && asked.stable && !edit.cut_ms && read.watermark_ms &&
      !edit.without_stamps) {
    // The store cannot keep up with what is not indexed: older rows it can serve.
    edit.cut_ms = read.cut_ms = read.watermark_ms;
    LAYER_CO_ASSIGN(answer, co_await send(exchange, asked, edit));
  }
  if (edit.compares_stamps() && co_await knows_no_stamps(answer)) {
    edit.without_stamps = true;
    read.cut_ms.reset();
    LAYER_CO_ASSIGN(answer, co_await send(exchange, asked, edit));
  }
  if (asked.stable) {
    tell(exchange, read, settings.logical);
  }
  co_return parts_.proxy.relay(exchange, std::move(answer));
}

async::Task<Result<store::Answer>> CutQuery::send(Exchange& exchange, const Asked& asked,
                                                  const freshness::QueryEdit& edit) {
  store::Call call = Proxy::make_call(exchange, asked.decoded);
  if (edit.compares_stamps()) {
    call.headers.set("accept-encoding", "identity");  // a refusal is going to be read
  }
  const auto work = [&]() -> Result<std::string> {
    return freshness::edit_query(asked.body, edit);
  };
  LAYER_CO_ASSIGN(call.body, co_await offload(parts_.pool, asked.body.size(), work));
  co_return co_await parts_.proxy.send(exchange, std::move(call));
}

void CutQuery::tell(Exchange& exchange, const freshness::ReadCut& read, std::string_view ns) {
  const std::string_view cut = read.cut_ms ? "true" : "false";
  exchange.answer_headers.set("x-layer-stable-cut", cut);
  if (read.watermark_ms) {
    exchange.answer_headers.set("x-layer-stable-as-of", std::to_string(*read.watermark_ms));
  }
  if (read.watermark_unknown) {
    exchange.warn("watermark_unknown");
  }
  parts_.metrics.sample(spec(Metric::kStableReads), {ns, cut}).add();
}

}  // namespace layer::gateway
