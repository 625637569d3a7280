#include "features/scans/ranked_rows.h"

#include <algorithm>
#include <utility>

#include "async/fan_out.h"
#include "core/text.h"
#include "features/documents/ids.h"
#include "features/documents/shape.h"
#include "features/namespaces/slices.h"
#include "features/pages/row_count.h"
#include "features/pages/store_query.h"
#include "features/scans/hybrid_rows.h"
#include "features/scans/ranked_page.h"

namespace layer::features::scans {
namespace {

std::string body_of(const RowSet& rows, const ScanAsk& ask, const std::string& filter) {
  std::string body = R"({"rank_by":)" + ask.rank_by;
  if (!filter.empty()) {
    body += R"(,"filters":)" + filter;
  }
  if (!ask.field.empty()) {
    body += R"(,"include_attributes":[)";
    core::append_json_string(body, ask.field);
    body += ']';
  }
  body += R"(,"top_k":)" + std::to_string(kRankedRowsMax) + R"(,"consistency":)";
  body += pages::consistency_json(rows.level);
  body += '}';
  return body;
}

std::string id_filter(std::string_view op, const wire::Id& id) {
  std::string filter = R"(["id",")" + std::string(op) + "\",";
  documents::append_json(filter, id);
  filter += ']';
  return filter;
}

wire::Id median_id(std::vector<RankedRow>& rows) {
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
  std::ranges::nth_element(rows, middle, {}, &RankedRow::id);
  return middle->id;
}

class RankedRead {
 public:
  RankedRead(const RowSet& rows, const ScanAsk& ask, async::CpuPool& pool,
             async::TimePoint deadline, EachRanked each)
      : rows_(rows), ask_(ask), pool_(pool), deadline_(deadline), each_(std::move(each)) {}

  async::Task<Result<CountOutcome>> run() {
    counted_ = {.shards_total = rows_.shards, .approximate = ask_.selector == Selector::kAnn};
    LAYER_CO_ASSIGN(const auto metadata, co_await pages::read_metadata(rows_.origin, deadline_));
    LAYER_CO_ASSIGN(const auto shape, documents::Shape::make(metadata));
    id_type_ = shape.id_type();
    co_await async::fan_out(rows_.shards, rows_.width, [this](std::size_t i) {
      return read_shard(static_cast<std::uint32_t>(i));
    });
    if (refusal_) {
      co_return std::move(*refusal_);
    }
    if (error_) {
      co_return std::unexpected(std::move(*error_));
    }
    co_return counted_;
  }

 private:
  // Halves of the ids wait in a list until no page is full.
  async::Task<> read_shard(std::uint32_t shard) {
    bool saturated = false;
    std::vector<std::string> waiting{rows_.filter_of(shard)};
    while (!waiting.empty() && !error_ && !refusal_) {
      const std::string filter = std::move(waiting.back());
      waiting.pop_back();
      auto page = co_await read_page(filter);
      if (!page && ran_out_of_time(page.error())) {
        counted_.timed_out = true;
        saturated = true;
        break;
      }
      if (!page) {
        error_ = std::move(page).error();
        co_return;
      }
      if (refusal_) {
        co_return;
      }
      counted_.scanned += page->size();
      const bool full = page->size() >= kRankedRowsMax;
      if (full && ask_.exhaustive) {
        const wire::Id middle = median_id(*page);
        waiting.push_back(freshness::all_of({filter, id_filter("Gt", middle)}));
        waiting.push_back(freshness::all_of({filter, id_filter("Lte", middle)}));
        continue;
      }
      saturated |= take(*page) == page->size() && full;
    }
    counted_.shards_saturated += saturated ? 1 : 0;
  }

  // None when the store refuses.
  async::Task<Result<std::vector<RankedRow>>> read_page(const std::string& filter) {
    LAYER_CO_ASSIGN(
        pages::StoreReply reply,
        co_await pages::query_store(rows_.origin, body_of(rows_, ask_, filter), deadline_));
    if (reply.too_large || reply.status == 429) {
      co_return std::unexpected(pages::refusal_of(reply));
    }
    if (!reply.ok()) {
      refusal_ = std::move(reply);
      co_return std::vector<RankedRow>();
    }
    auto rows = co_await pool_.run(
        [&] { return cut_rows(namespaces::raw_member(reply.body, "rows"), id_type_, ask_.field); });
    if (!rows) {
      co_return std::unexpected(std::move(rows).error());
    }
    co_return std::move(*rows);
  }

  // How many of them are rows of the scan.
  std::size_t take(const std::vector<RankedRow>& page) {
    std::size_t taken = 0;
    for (const RankedRow& row : page) {
      if (ask_.selector == Selector::kAnn && row.dist > ask_.radius) {
        break;
      }
      each_(row.value);
      ++taken;
    }
    counted_.count += taken;
    return taken;
  }

  const RowSet& rows_;
  const ScanAsk& ask_;
  async::CpuPool& pool_;
  const async::TimePoint deadline_;
  const EachRanked each_;
  wire::IdType id_type_ = wire::IdType::kUint;
  Counted counted_;
  std::optional<Error> error_;
  std::optional<pages::StoreReply> refusal_;
};

}  // namespace

async::Task<Result<CountOutcome>> read_ranked(const RowSet& rows, const ScanAsk& ask,
                                              async::CpuPool& pool, async::TimePoint deadline,
                                              EachRanked each) {
  if (ask.selector == Selector::kHybridText) {
    co_return co_await read_hybrid(rows, ask, pool, deadline, std::move(each));
  }
  co_return co_await RankedRead(rows, ask, pool, deadline, std::move(each)).run();
}

}  // namespace layer::features::scans
