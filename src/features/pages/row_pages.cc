#include "features/pages/row_pages.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/text.h"
#include "features/documents/ids.h"
#include "features/pages/row_count.h"
#include "features/pages/store_query.h"

namespace layer::features::pages {
namespace {

using Columns = PageQuery::Columns;

std::string order_and_level(documents::Level level) {
  std::string members = R"("rank_by":["id","asc"],"consistency":)";
  members += consistency_json(level);
  return members;
}

std::string columns_member(const PageQuery& query, const documents::Shape& shape) {
  switch (query.columns) {
    case Columns::kNone:
      return {};
    case Columns::kAll:
      return "," + shape.projection_json();
    case Columns::kAllAndVectors:
      return R"(,"include_attributes":true)";
    case Columns::kSome:
      break;
  }
  std::string names;
  for (const std::string& name : query.names) {
    names += names.empty() ? "" : ",";
    core::append_json_string(names, name);
  }
  return R"(,"include_attributes":[)" + names + "]";
}

}  // namespace

RowPages::RowPages(documents::Origin origin, documents::ShapePtr shape, PageQuery query,
                   async::CpuPool& pool)
    : origin_(std::move(origin)),
      shape_(std::move(shape)),
      query_(std::move(query)),
      members_(order_and_level(query_.level)),
      page_size_(std::clamp<std::size_t>(query_.page_size, 1, kPageRowsMax)),
      pool_(pool) {}

bool RowPages::keeps_vectors() const {
  return query_.columns == Columns::kAllAndVectors || query_.columns == Columns::kSome;
}

std::string RowPages::body(const std::optional<wire::Id>& after, std::size_t page_size) const {
  std::string from;
  if (after) {
    from = R"(["id","Gt",)";
    documents::append_json(from, *after);
    from += ']';
  }
  std::string body = "{";
  if (!from.empty() && !query_.filter.empty()) {
    body += R"("filters":["And",[)" + from + "," + query_.filter + "]],";
  } else if (!from.empty() || !query_.filter.empty()) {
    body += R"("filters":)" + from + query_.filter + ",";
  }
  body += members_;
  body += columns_member(query_, *shape_);
  body += R"(,"top_k":)" + std::to_string(page_size) + "}";
  return body;
}

async::Task<Result<void>> RowPages::read_shape(async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const auto metadata, co_await read_metadata(origin_, deadline));
  LAYER_CO_ASSIGN(auto shape, documents::Shape::make(metadata));
  shape_ = std::make_shared<const documents::Shape>(std::move(shape));
  co_return Result<void>{};
}

async::Task<Result<RowPages::Cut>> RowPages::read_rows(const std::optional<wire::Id>& after,
                                                       std::size_t page_size,
                                                       async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const StoreReply reply,
                  co_await query_store(origin_, body(after, page_size), deadline,
                                       {.call_time_max = query_.call_time_max}));
  if (reply.too_large) {
    co_return Cut{.too_large = true};
  }
  if (!reply.ok()) {
    co_return std::unexpected(refusal_of(reply));
  }
  const documents::ShapePtr shape = shape_;
  const auto keep = keeps_vectors() ? documents::Keep::kVectors : documents::Keep::kNoVectors;
  auto cut = co_await pool_.run([&] { return documents::cut_rows(reply.body, *shape, keep); });
  if (!cut) {
    co_return std::unexpected(std::move(cut).error());
  }
  LAYER_CO_ASSIGN(auto rows, std::move(*cut));
  co_return Cut{.rows = std::move(rows)};
}

async::Task<Result<Page>> RowPages::read(std::optional<wire::Id> after, async::TimePoint deadline) {
  if (shape_ == nullptr) {
    LAYER_CO_TRY(co_await read_shape(deadline));
  }
  for (bool fresh = false;;) {
    const std::size_t page_size = page_size_;
    LAYER_CO_ASSIGN(Cut cut, co_await read_rows(after, page_size, deadline));
    if (cut.too_large && page_size == 1) {
      co_return fail(ErrorCode::kUpstream, "a row of the store is too large to be read");
    }
    if (cut.too_large) {
      page_size_ = std::min(page_size_, (page_size + 1) / 2);
    } else if (cut.rows.shape_is_old && !fresh) {
      LAYER_CO_TRY(co_await read_shape(deadline));
      fresh = true;
    } else {
      Page page{.rows = std::move(cut.rows.rows)};
      if (page.rows.size() >= page_size) {
        page.next_after = page.rows.back().id;
      }
      co_return page;
    }
  }
}

}  // namespace layer::features::pages
