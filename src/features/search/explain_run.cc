#include <utility>

#include "features/freshness/row_bounds.h"
#include "features/search/search_run.h"
#include "json/writer.h"

namespace layer::features::search {
namespace {

std::string print_cut(const freshness::ReadCut& cut) {
  json::Writer out;
  out.begin_object();
  out.member("level", cut.stable                                        ? "stable"
                      : cut.upstream == freshness::ReadLevel::kEventual ? "eventual"
                                                                        : "strong");
  out.key("until_ms");
  cut.cut_ms ? out.value(*cut.cut_ms) : out.null();
  out.end_object();
  return std::move(out).take();
}

void append_leg(json::Writer& out, const legs::Leg& leg, std::uint32_t shards) {
  out.begin_object().member("label", leg.label);
  out.key("rank_by").raw(leg.rank_by);
  out.key("filters").raw(leg.filters.empty() ? "null" : leg.filters);
  out.member("shards", shards).member("top_k", leg.limit).end_object();
}

}  // namespace

async::Task<Result<TextOutcome>> SearchRun::explain() {
  LAYER_CO_ASSIGN(auto refused, co_await prepare());
  if (refused) {
    co_return std::move(*refused);
  }
  std::uint32_t calls = place_.read.shards;
  std::vector<legs::Leg> legs;
  if (words_) {
    LAYER_CO_ASSIGN(legs, hybrid::plan_hybrid(*words_));
    calls *= asks_together() ? 1 : static_cast<std::uint32_t>(legs.size());
  } else if (routing_ && !routing_->executed) {
    calls = 0;
  } else if (by_attributes()) {
    std::vector<std::string> hidden;
    legs.push_back(key_leg(paged_order(legs::rank_order_of(ranking_.rank_by)), hidden));
  } else {
    legs.push_back(leg());
    if (query_.paged) {
      legs.front().limit = window();
      calls *= in_two_steps() ? 2 : 1;
    }
  }
  const freshness::RowBounds bounds(rows_.cut, rows_.range);
  json::Writer out;
  out.begin_object().member("route",
                            routing_ ? hybrid::name(routing_->route) : name(ranking_.kind));
  out.key("legs").begin_array();
  for (legs::Leg& leg : legs) {
    leg.filters = bounds.join(std::move(leg.filters));
    append_leg(out, leg, place_.read.shards);
  }
  out.end_array();
  out.key("cut").raw(print_cut(rows_.cut));
  out.member("source", "origin").member("upstream_calls", calls).end_object();
  co_return TextOutcome(std::move(out).take());
}

}  // namespace layer::features::search
