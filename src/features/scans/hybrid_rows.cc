#include "features/scans/hybrid_rows.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "async/fan_out.h"
#include "core/text.h"
#include "features/documents/shape.h"
#include "features/hybrid/hybrid.h"
#include "features/namespaces/slices.h"
#include "features/pages/row_count.h"
#include "features/pages/store_query.h"
#include "features/scans/ranked_page.h"

namespace layer::features::scans {
namespace {

using Lists = std::vector<std::vector<RankedRow>>;

std::string query_of(const legs::Leg& leg, const std::string& filter, const std::string& field) {
  std::string query = R"("rank_by":)" + leg.rank_by;
  if (const std::string all = freshness::all_of({leg.filters, filter}); !all.empty()) {
    query += R"(,"filters":)" + all;
  }
  if (!field.empty()) {
    query += R"(,"include_attributes":[)" + core::json_string(field) + "]";
  }
  return query + R"(,"top_k":)" + std::to_string(kRankedRowsMax);
}

// One query, or a multi-query.
std::string body_of(std::span<const legs::Leg> legs, const std::string& filter,
                    const std::string& field, const RowSet& rows) {
  std::string body = "{";
  if (legs.size() == 1) {
    body += query_of(legs.front(), filter, field);
  } else {
    body += R"("queries":[)";
    for (const legs::Leg& leg : legs) {
      body += (body.ends_with('[') ? "{" : ",{") + query_of(leg, filter, field) + "}";
    }
    body += "]";
  }
  body += R"(,"consistency":)";
  body += pages::consistency_json(rows.level);
  return body + "}";
}

Result<Lists> cut(std::string_view answer, std::size_t lists, wire::IdType type,
                  const std::string& field) {
  Lists out;
  if (lists == 1) {
    LAYER_ASSIGN(auto rows, cut_rows(namespaces::raw_member(answer, "rows"), type, field));
    out.push_back(std::move(rows));
    return out;
  }
  const std::string_view results = namespaces::raw_member(answer, "results");
  for (const namespaces::Slice& result : namespaces::items_of(results)) {
    LAYER_ASSIGN(auto rows,
                 cut_rows(namespaces::raw_member(result.of(results), "rows"), type, field));
    out.push_back(std::move(rows));
  }
  if (out.size() != lists) {
    return fail(ErrorCode::kUpstream, "the store's answer to several queries is not one of each");
  }
  return out;
}

class HybridRead {
 public:
  HybridRead(const RowSet& rows, const ScanAsk& ask, async::CpuPool& pool,
             async::TimePoint deadline, EachRanked each)
      : rows_(rows), ask_(ask), pool_(pool), deadline_(deadline), each_(std::move(each)) {}

  async::Task<Result<CountOutcome>> run() {
    counted_.shards_total = rows_.shards;
    LAYER_CO_ASSIGN(const auto metadata, co_await pages::read_metadata(rows_.origin, deadline_));
    LAYER_CO_ASSIGN(const auto shape, documents::Shape::make(metadata));
    id_type_ = shape.id_type();
    const auto column =
        std::ranges::find(metadata.columns, ask_.words.field, &namespaces::Column::name);
    const hybrid::HybridAsk ask{
        .expression = ask_.words,
        .window = kRankedRowsMax,
        .fuzzy_supported = column == metadata.columns.end() || column->fuzzy};
    LAYER_CO_ASSIGN(legs_, hybrid::plan_hybrid(ask));
    co_await read_shards();
    if (counted_.count == 0 && !counted_.timed_out && !error_ && !refusal_) {
      legs_ = hybrid::plan_surfacing(ask);
      if (!legs_.empty()) {
        co_await read_shards();
      }
    }
    if (refusal_) {
      co_return std::move(*refusal_);
    }
    if (error_) {
      co_return std::unexpected(std::move(*error_));
    }
    co_return counted_;
  }

 private:
  async::Task<> read_shards() {
    counted_.shards_saturated = 0;
    const bool together =
        rows_.origin.store->capabilities().support("multi_query") != store::Support::kUnsupported;
    width_ = together ? legs_.size() : 1;
    co_await async::fan_out(rows_.shards, rows_.width, [this](std::size_t i) {
      return read_shard(static_cast<std::uint32_t>(i));
    });
  }

  // Rows of a shard are in no other one.
  async::Task<> read_shard(std::uint32_t shard) {
    std::set<wire::Id> known;
    bool saturated = false;
    for (std::size_t first = 0; first < legs_.size(); first += width_) {
      if (error_ || refusal_) {
        co_return;
      }
      auto lists = co_await read_lists(std::span(legs_).subspan(first, width_), shard);
      if (!lists && ran_out_of_time(lists.error())) {
        counted_.timed_out = true;
        saturated = true;
        break;
      }
      if (!lists) {
        error_ = std::move(lists).error();
        co_return;
      }
      for (const auto& list : *lists) {
        saturated |= list.size() >= kRankedRowsMax;
        counted_.scanned += list.size();
        take(list, known);
      }
    }
    counted_.shards_saturated += saturated ? 1 : 0;
  }

  void take(const std::vector<RankedRow>& list, std::set<wire::Id>& known) {
    for (const RankedRow& row : list) {
      if (known.insert(row.id).second) {
        each_(row.value);
        ++counted_.count;
      }
    }
  }

  // None when the store refuses.
  async::Task<Result<Lists>> read_lists(std::span<const legs::Leg> legs, std::uint32_t shard) {
    LAYER_CO_ASSIGN(
        pages::StoreReply reply,
        co_await pages::query_store(
            rows_.origin, body_of(legs, rows_.filter_of(shard), ask_.field, rows_), deadline_));
    if (reply.too_large || reply.status == 429) {
      co_return std::unexpected(pages::refusal_of(reply));
    }
    if (!reply.ok()) {
      refusal_ = std::move(reply);
      co_return Lists();
    }
    auto lists =
        co_await pool_.run([&] { return cut(reply.body, legs.size(), id_type_, ask_.field); });
    if (!lists) {
      co_return std::unexpected(std::move(lists).error());
    }
    co_return std::move(*lists);
  }

  const RowSet& rows_;
  const ScanAsk& ask_;
  async::CpuPool& pool_;
  const async::TimePoint deadline_;
  const EachRanked each_;
  wire::IdType id_type_ = wire::IdType::kUint;
  std::vector<legs::Leg> legs_;
  std::size_t width_ = 1;  // lists of one call
  Counted counted_;
  std::optional<Error> error_;
  std::optional<pages::StoreReply> refusal_;
};

}  // namespace

async::Task<Result<CountOutcome>> read_hybrid(const RowSet& rows, const ScanAsk& ask,
                                              async::CpuPool& pool, async::TimePoint deadline,
                                              EachRanked each) {
  co_return co_await HybridRead(rows, ask, pool, deadline, std::move(each)).run();
}

}  // namespace layer::features::scans
