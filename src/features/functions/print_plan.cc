#include "features/functions/print_plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "json/writer.h"

namespace layer::features::functions {
namespace {

struct Totals {
  std::uint64_t rows = 0;
  std::uint64_t input_bytes = 0;
  cost::Usage usage{};
  cost::Usage billed{};
  std::uint64_t selected = 0;
  std::size_t sampled = 0;
  bool free = false;    // of some namespaces the store bills nothing
  bool partly = false;  // counted
};

Totals add_up(const RunPlan& run) {
  Totals totals;
  for (const NamespacePlan& each : run.namespaces) {
    totals.rows += each.rows_selected - each.rows_skippable;
    totals.input_bytes += each.input_bytes;
    totals.usage += each.usage;
    totals.billed += each.billed ? each.usage : cost::Usage{};
    totals.selected += each.rows_selected;
    totals.sampled += each.sampled;
    totals.free = totals.free || (!each.billed && each.rows_selected > 0);
    totals.partly = totals.partly || each.counted_partly;
  }
  return totals;
}

std::vector<std::string> caveats_of(const RunPlan& run, const Totals& totals,
                                    const cost::RateCard& card) {
  std::vector<std::string> all;
  if (totals.partly) {
    all.emplace_back("there was no time to count every row: there are more");
  }
  if (totals.sampled < totals.selected) {
    all.push_back(fmt::format("inputs were measured on {} of {} rows: the first ones by their ids",
                              totals.sampled, totals.selected));
  }
  all.push_back(fmt::format("a token is taken to be {} bytes of input", kBytesPerToken));
  all.emplace_back(
      "bytes_written counts ids and marks, not the results; rows that get a vector are written "
      "whole");
  all.push_back(fmt::format("the store's price is that of rate card {}{}", card.version,
                            totals.free ? "; the embedded store bills nothing" : ""));
  if (run.rows_per_second > 0) {
    all.push_back(
        fmt::format("time is at {:.1f} rows/s, the speed of this function within the last hour",
                    run.rows_per_second));
  } else {
    all.emplace_back("how long it takes is not known: the function has computed nothing lately");
  }
  all.emplace_back("what workers and models cost is not known here");
  return all;
}

}  // namespace

std::string print_plan(const RunPlan& run, const cost::RateCard& card) {
  const Totals totals = add_up(run);
  json::Writer out;
  out.begin_object().key("namespaces").begin_array();
  for (const NamespacePlan& each : run.namespaces) {
    out.begin_object()
        .member("namespace", each.ns)
        .member("rows_total", each.rows_total)
        .member("rows_selected", each.rows_selected)
        .member("rows_skippable", each.rows_skippable)
        .end_object();
  }
  out.end_array()
      .member("rows", totals.rows)
      .member("input_bytes", totals.input_bytes)
      .member("input_tokens_estimate", totals.input_bytes / kBytesPerToken);
  out.key("upstream")
      .begin_object()
      .member("bytes_queried", totals.usage.bytes_queried)
      .member("bytes_written", totals.usage.bytes_written)
      .member("usd", cost::price_usd(card, totals.billed))
      .end_object();
  out.key("compute").begin_object();
  if (run.rows_per_second > 0) {
    out.member("seconds", static_cast<double>(totals.rows) / run.rows_per_second)
        .member("basis", "measured");
  } else {
    out.member("basis", "unknown");
  }
  out.end_object().member("rate_card", card.version).key("caveats").begin_array();
  for (const std::string& caveat : caveats_of(run, totals, card)) {
    out.value(caveat);
  }
  out.end_array().end_object();
  return std::move(out).take();
}

}  // namespace layer::features::functions
