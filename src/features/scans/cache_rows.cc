#include "features/scans/cache_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "features/documents/shape.h"
#include "features/pages/store_query.h"
#include "features/row_filter/row_filter.h"
#include "features/row_filter/store_schema.h"

namespace layer::features::scans {
namespace {

using cache::CachedRow;
using row_filter::RowFilter;

// Nothing was fenced, invalidated or voided between the two.
bool same(const cache::FillTicket& a, const cache::FillTicket& b) {
  return a.may_fill && b.may_fill && a.epoch == b.epoch && a.generation == b.generation &&
         a.fill_epoch == b.fill_epoch;
}

bool vouches(const std::optional<cache::Certificate>& certificate, bool any) {
  return certificate && (certificate->certified || any);
}

// Which of the rows pass; nullopt: one cannot be told.
std::optional<std::vector<const CachedRow*>> filtered(const std::vector<CachedRow>& rows,
                                                      const RowFilter& filter) {
  std::vector<const CachedRow*> passing;
  for (const CachedRow& row : rows) {
    if (row.row == nullptr) {
      continue;
    }
    const auto passes = filter.matches(row.id, *row.row);
    if (!passes) {
      return std::nullopt;
    }
    if (*passes) {
      passing.push_back(&row);
    }
  }
  return passing;
}

class Reading {
 public:
  Reading(cache::DocumentCache& cache, const CacheQuestion& question, async::CpuPool& pool,
          async::TimePoint deadline, EachCached each)
      : cache_(cache),
        question_(question),
        pool_(pool),
        deadline_(deadline),
        each_(std::move(each)) {}

  async::Task<Result<std::optional<CacheRead>>> run() {
    const auto& ns = question_.place.cached;
    const auto certificate = co_await cache_.certificate(ns);
    const auto before = co_await cache_.open_ticket(ns);
    if (!vouches(certificate, question_.any)) {
      co_return std::nullopt;
    }
    LAYER_CO_ASSIGN(const bool bound, co_await bind());
    if (!bound) {
      co_return std::nullopt;
    }
    LAYER_CO_ASSIGN(const bool whole, co_await read_all());
    const auto after = co_await cache_.open_ticket(ns);
    const auto still = co_await cache_.certificate(ns);
    if (!whole || !same(before, after) || !vouches(still, question_.any) ||
        still->losses != certificate->losses) {
      co_return std::nullopt;
    }
    out_.watermark_ms = certificate->watermark_ms;
    out_.certified = certificate->certified;
    co_return out_;
  }

 private:
  async::Task<Result<bool>> bind() {
    const documents::Origin& origin = question_.place.origin;
    wire::Schema schema;
    if (!question_.rows.filter.empty()) {
      LAYER_CO_ASSIGN(schema, co_await row_filter::read_store_schema(
                                  *origin.store, origin.physical, origin.authorization, deadline_));
    }
    filter_ = RowFilter::make(question_.rows.filter, schema);
    if (!filter_ && question_.any) {
      co_return std::unexpected(
          invalid("filters", "the cache cannot evaluate this filter; use source origin"));
    }
    co_return filter_.has_value();
  }

  // False: the cache cannot answer.
  async::Task<Result<bool>> read_all() {
    std::string cursor;
    do {
      if (async::SteadyClock::now() >= deadline_) {
        co_return false;
      }
      auto page = co_await cache_.scan(question_.place.cached, std::move(cursor), cache::kBatchMax);
      if (!page) {
        co_return false;
      }
      for (const CachedRow& row : page->rows) {
        if (row.row == nullptr) {
          doubtful_.push_back(row.id);
        }
      }
      if (doubtful_.size() > kDoubtfulRowsMax) {
        co_return false;
      }
      LAYER_CO_ASSIGN(const bool told, co_await take(page->rows));
      if (!told) {
        co_return false;
      }
      cursor = std::move(page->cursor);
    } while (!cursor.empty());
    co_return co_await read_doubtful();
  }

  async::Task<Result<bool>> read_doubtful() {
    if (doubtful_.empty()) {
      co_return true;
    }
    const documents::Origin& origin = question_.place.origin;
    LAYER_CO_ASSIGN(const auto metadata, co_await pages::read_metadata(origin, deadline_));
    LAYER_CO_ASSIGN(const auto shape, documents::Shape::make(metadata));
    // A write that came before the kind of ids was known left a doubt under each kind it could be.
    std::erase_if(doubtful_,
                  [&shape](const wire::Id& id) { return wire::type_of(id) != shape.id_type(); });
    for (std::size_t begin = 0; begin < doubtful_.size(); begin += documents::kChunkIdsMax) {
      const std::size_t end = std::min(doubtful_.size(), begin + documents::kChunkIdsMax);
      const std::vector<wire::Id> ids(doubtful_.begin() + static_cast<std::ptrdiff_t>(begin),
                                      doubtful_.begin() + static_cast<std::ptrdiff_t>(end));
      LAYER_CO_ASSIGN(auto read,
                      co_await documents::read_origin(origin, shape, ids, documents::Level::kStrong,
                                                      deadline_, pool_));
      if (read.refusal || read.shape_is_old) {
        co_return false;
      }
      std::vector<CachedRow> rows;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        rows.push_back({.id = ids[i], .row = read.rows[i]});
      }
      LAYER_CO_ASSIGN(const bool told, co_await take(rows));
      if (!told) {
        co_return false;
      }
    }
    co_return true;
  }

  async::Task<Result<bool>> take(const std::vector<CachedRow>& rows) {
    auto passing = co_await pool_.run([&] { return filtered(rows, *filter_); });
    if (!passing) {
      co_return std::unexpected(std::move(passing).error());
    }
    if (!*passing) {
      co_return false;
    }
    out_.scanned += rows.size();
    out_.rows += (*passing)->size();
    if (each_) {
      for (const CachedRow* const row : **passing) {
        LAYER_CO_TRY(co_await each_(row->id, *row->row));
      }
    }
    co_return true;
  }

  cache::DocumentCache& cache_;
  const CacheQuestion& question_;
  async::CpuPool& pool_;
  const async::TimePoint deadline_;
  const EachCached each_;
  std::optional<RowFilter> filter_;
  std::vector<wire::Id> doubtful_;
  CacheRead out_;
};

}  // namespace

async::Task<bool> cache_vouches(cache::DocumentCache* cache, cache::CachedNamespace ns, bool any) {
  if (cache == nullptr || !cache->usable()) {
    co_return false;
  }
  co_return vouches(co_await cache->certificate(std::move(ns)), any);
}

async::Task<Result<std::optional<CacheRead>>> read_cache(cache::DocumentCache& cache,
                                                         const CacheQuestion& question,
                                                         async::CpuPool& pool,
                                                         async::TimePoint deadline,
                                                         EachCached each) {
  co_return co_await Reading(cache, question, pool, deadline, std::move(each)).run();
}

}  // namespace layer::features::scans
