#include "gateway/history/lists.h"

#include <utility>

#include "gateway/history/list_ask.h"
#include "gateway/list_parameters.h"
#include "gateway/percent.h"
#include "json/writer.h"

namespace layer::gateway {

namespace history = features::history;

async::Task<Result<http::Response>> HistoryList::handle(Exchange& exchange) {
  const std::string_view query = exchange.request.query();
  const std::int64_t now = parts_.clock.wall_ms();
  LAYER_CO_ASSIGN(history::Reader * reader, reader_of(parts_));
  LAYER_CO_ASSIGN(const std::string ns, history_name(parts_, exchange));
  LAYER_CO_ASSIGN(const history::Selection selection, read_selection(query, kind_, now));
  LAYER_CO_ASSIGN(const std::size_t limit,
                  read_count(query, "limit", kHistoryLimitDefault, kHistoryLimitMax));
  const ListName list{.ns = ns, .kind = kind_, .selection = selection};
  std::optional<history::Position> before;
  if (const std::string cursor = query_parameter(query, "cursor").value_or(""); !cursor.empty()) {
    LAYER_CO_ASSIGN(before, open_history_cursor(cursor, list, now, parts_.signer));
  }
  auto page = co_await reader->newest(ns, kind_, selection, std::move(before), limit);
  if (!page) {
    co_return std::unexpected(history_failure(std::move(page).error()));
  }
  json::Writer out;
  out.begin_object();
  out.key(kind_ == history::RecordKind::query ? "entries" : "events").begin_array();
  for (const history::Stored& record : page->records) {
    out.raw(record.json);
  }
  out.end_array();
  if (page->next) {
    out.member("next_cursor", seal_history_cursor(list, *page->next, now, parts_.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
