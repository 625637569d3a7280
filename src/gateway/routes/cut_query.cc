#include "gateway/routes/cut_query.h"

#include <string>
#include <utility>

#include "gateway/held_answer.h"
#include "gateway/metrics_table.h"
#include "gateway/offload.h"

namespace layer::gateway {
namespace {

namespace freshness = features::freshness;

// An error of a store that names an attribute is shorter.
constexpr std::size_t kErrorBytesMax = 64 * core::limits::kKiB;

// Whether to ask again without comparing stamps.
async::Task<bool> drops_stamps(freshness::RowBounds& bounds, store::Answer& answer) {
  if (!bounds.may_lack_stamps(answer.status) || is_encoded(answer.headers)) {
    co_return false;
  }
  const auto held = co_await hold_answer(answer, kErrorBytesMax);
  co_return held && *held&& bounds.drop_stamps(answer.status, answer.body);
}

}  // namespace

async::Task<Result<http::Response>> CutQuery::answer(Exchange& exchange,
                                                     const NamespaceSettings& settings,
                                                     Asked asked) {
  LAYER_CO_ASSIGN(const auto range, freshness::time_range_of(asked.body));
  if (!settings.rules.stamp && (asked.stable || !range.empty())) {
    co_return std::unexpected(freshness::stamps_missing(asked.stable ? "stable" : "temporal"));
  }
  freshness::ReadCut read;
  if (asked.stable) {
    read = freshness::decide_read(freshness::ReadLevel::kStable,
                                  parts_.stability.look(settings.logical));
  }
  freshness::RowBounds bounds(read, range);
  LAYER_CO_ASSIGN(auto answer, co_await send(exchange, asked, bounds.edit()));
  if (bounds.cut_after(answer.status)) {
    LAYER_CO_ASSIGN(answer, co_await send(exchange, asked, bounds.edit()));
  }
  if (co_await drops_stamps(bounds, answer)) {
    LAYER_CO_ASSIGN(answer, co_await send(exchange, asked, bounds.edit()));
  }
  tell_cut(exchange, bounds.read(), settings.logical, parts_.metrics);
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

void tell_cut(Exchange& exchange, const freshness::ReadCut& read, std::string_view ns,
              core::Metrics& metrics) {
  if (!read.stable) {
    return;
  }
  const std::string_view cut = read.cut_ms ? "true" : "false";
  exchange.answer_headers.set("x-layer-stable-cut", cut);
  if (read.watermark_ms) {
    exchange.answer_headers.set("x-layer-stable-as-of", std::to_string(*read.watermark_ms));
  }
  if (read.watermark_unknown) {
    exchange.warn("watermark_unknown");
  }
  metrics.sample(spec(Metric::kStableReads), {ns, cut}).add();
}

}  // namespace layer::gateway
