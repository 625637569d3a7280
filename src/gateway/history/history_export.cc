#include "gateway/history/history_export.h"

#include <utility>

#include "features/ubi/print.h"
#include "gateway/errors.h"
#include "gateway/history/list_ask.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace history = features::history;

constexpr std::size_t kPageRecords = 1000;

struct ExportAsk {
  std::string ns;
  history::RecordKind kind = history::RecordKind::query;
  history::Selection selection{};
  bool ubi = false;
};

Result<ExportAsk> read_ask(const Exchange& exchange, std::string ns, std::int64_t now_ms) {
  const std::string_view query = exchange.request.query();
  ExportAsk ask{.ns = std::move(ns)};
  const std::string kind = query_parameter(query, "kind").value_or("queries");
  if (kind != "queries" && kind != "events") {
    return std::unexpected(validation_error("kind", "expected queries or events"));
  }
  ask.kind = kind == "events" ? history::RecordKind::click : history::RecordKind::query;
  const std::string format = query_parameter(query, "format").value_or("ndjson");
  if (format != "ubi" && format != "ndjson") {
    return std::unexpected(validation_error("format", "expected ubi or ndjson"));
  }
  ask.ubi = format == "ubi";
  LAYER_ASSIGN(ask.selection.range, read_range(query, now_ms));
  return ask;
}

class Lines final : public http::Body {
 public:
  Lines(history::Reader& reader, ExportAsk ask, history::Page first)
      : reader_(reader), ask_(std::move(ask)), page_(std::move(first)) {}

  async::Task<Result<std::string_view>> next() override {
    while (!ended_) {
      print();
      if (page_.next) {
        auto next = co_await reader_.newest(ask_.ns, ask_.kind, ask_.selection,
                                            std::exchange(page_.next, {}), kPageRecords);
        if (!next) {
          co_return std::unexpected(history_failure(std::move(next).error()));
        }
        page_ = std::move(*next);
      } else {
        ended_ = true;
      }
      if (!text_.empty()) {
        co_return std::string_view(text_);
      }
    }
    co_return std::string_view();
  }

 private:
  void print() {
    text_.clear();
    for (const history::Stored& record : page_.records) {
      const std::string line = ask_.ubi ? features::ubi::print(record) : record.json;
      if (!line.empty()) {
        text_ += line;
        text_ += '\n';
      }
    }
  }

  history::Reader& reader_;
  const ExportAsk ask_;
  history::Page page_;
  std::string text_;
  bool ended_ = false;
};

}  // namespace

// The first page is read before the answer begins, so that a store that is away is an error.
async::Task<Result<http::Response>> HistoryExport::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(history::Reader * reader, reader_of(parts_));
  LAYER_CO_ASSIGN(std::string ns, history_name(parts_, exchange));
  LAYER_CO_ASSIGN(ExportAsk ask, read_ask(exchange, std::move(ns), parts_.clock.wall_ms()));
  auto first = co_await reader->newest(ask.ns, ask.kind, ask.selection, std::nullopt, kPageRecords);
  if (!first) {
    co_return std::unexpected(history_failure(std::move(first).error()));
  }
  http::Response response{.status = 200, .headers = {}, .body = {}, .stream = nullptr};
  response.headers.add("content-type", "application/x-ndjson");
  response.stream = std::make_unique<Lines>(*reader, std::move(ask), std::move(*first));
  co_return response;
}

}  // namespace layer::gateway
